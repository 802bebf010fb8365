// Put into every page before it loads: knows when the figures are at rest, what a hand last told
// the kernel, and what the same figure looks like when it is made from the lists of another one.
// Messages are read, never changed.
(() => {
  const open = new Set(); // messages to the kernel that it has not answered yet
  let last = performance.now();

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
        const told = content.data?.content;
        if (told?.kind === "grab") window.figures.grabbed = told;
      }
      super.send(data);
    }
  };

  new MutationObserver((changes) => {
    if (changes.some(({ target }) => target.closest?.(".adamviz"))) last = performance.now();
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-frames", "aria-valuetext"],
  });

  const shots = (box) => [...box.querySelectorAll("canvas")].map((c) => c.toDataURL());

  /** What the controls in a box say: of each its name, and where it stands. */
  function controls(box) {
    const found = box.querySelectorAll("input, select, textarea, button, output");
    return [...found].map((e) => {
      const name = e.getAttribute("aria-label") || e.closest("label")?.textContent || e.textContent;
      const at = e.type === "checkbox" ? e.checked : e.getAttribute("aria-pressed") ?? e.value;
      return `${name}: ${at}${e.disabled ? ", disabled" : ""}`;
    });
  }

  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  /** What a page shows of the traits of a widget: the module makes it anew, as wide as `like`. */
  async function shown(like, source, traits) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { Stage, View } = await import(url);
    URL.revokeObjectURL(url);
    const { stills, moving, ...rest } = traits;
    const model = { ...rest, moving: moving.map(bytes) };
    stills.forEach((still, i) => { model["still" + i] = bytes(still); });
    const root = document.createElement("div"), end = new AbortController();
    root.style.cssText = `position: fixed; top: 0; visibility: hidden; width: ${like.clientWidth}px`;
    like.parentElement.append(root); // in the same pane, which says how high a picture can be
    try {
      const view = new View(new Stage({ get: (name) => model[name], send() {} }), root, end.signal);
      view.words.style.minHeight = like.querySelector(".adamviz-words").style.minHeight;
      view.laid = "";
      view.paint();
      return { shots: shots(root), controls: controls(root) };
    } finally {
      end.abort();
      root.remove();
    }
  }

  window.figures = {
    atRest: (quiet) => open.size === 0 && performance.now() - last > quiet,
    forget: () => open.clear(), // a kernel that is gone answers nothing
    grabbed: null, // the last place of a hand that was sent to the kernel
    shots: (box) => shots(box).join(),
    /** In what a figure differs from what Python says; empty if in nothing. */
    async differences(box, source, traits) {
      const root = box.querySelector(".adamviz");
      const want = await shown(root, source, traits), found = [];
      const own = { shots: shots(root), controls: controls(root) };
      own.shots.forEach((shot, i) => { if (shot !== want.shots[i]) found.push(`canvas ${i}`); });
      own.controls.forEach((text, i) => {
        if (text !== want.controls[i]) found.push(`${text}, not ${want.controls[i]}`);
      });
      for (const what of ["shots", "controls"]) {
        if (own[what].length !== want[what].length) found.push(`number of ${what}`);
      }
      return found;
    },
  };
})();
