// Put into every page before it loads: knows when the figures are at rest, and how many pictures
// they have shown. Messages are read, never changed.
(() => {
  const open = new Set(); // messages to the kernel that it has not answered yet
  let last = performance.now();
  window.figures = {
    atRest: (quiet) => open.size === 0 && performance.now() - last > quiet,
    frames: 0, // pictures shown so far
    pointer: null, // the last mouse event that was sent to the kernel
  };

  const utf8 = new TextDecoder();
  function parse(data) {
    if (typeof data === "string") return JSON.parse(data);
    const view = new DataView(data);
    const at = (i) => Number(view.getBigUint64(8 * (i + 1), true));
    const part = (i) => JSON.parse(utf8.decode(data.slice(at(i), at(i + 1))));
    return { header: part(1), parent_header: part(2), content: part(4) };
  }

  window.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => {
        const { header, parent_header, content } = parse(data);
        if (header?.msg_type === "status" && content.execution_state === "idle") {
          open.delete(parent_header.msg_id);
        }
        if (header?.msg_type === "comm_msg") last = performance.now();
      });
    }
    send(data) {
      const { header, content } = parse(data);
      if (["comm_msg", "execute_request"].includes(header?.msg_type)) {
        open.add(header.msg_id);
        last = performance.now();
        const event = content.data?.content;
        if (event?.type?.startsWith("mouse")) window.figures.pointer = event;
      }
      super.send(data);
    }
  };

  new MutationObserver((changes) => {
    window.figures.frames += changes.filter(({ attributeName }) => attributeName === "src").length;
    if (changes.some(({ target }) => target.closest?.(".jupyter-widgets"))) {
      last = performance.now();
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["src", "aria-valuenow"],
  });
})();
