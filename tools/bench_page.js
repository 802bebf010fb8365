// Put into the page of `bench_browser.py` before it loads: takes times where a reader sits, from the
// event of a hand until what answers it is painted. Messages are read, never changed.
(() => {
  const bench = { bytes: 0, last: 0, came: 0, kept: null };
  window.bench = bench;

  window.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => {
        bench.bytes += data.byteLength ?? data.length;
        bench.last = bench.came = performance.now();
        if (bench.kept) bench.kept.push([bench.last, data]);
      });
    }
    send(data) { bench.last = performance.now(); super.send(data); }
  };

  bench.quiet = (ms) => performance.now() - bench.last > ms;
  bench.areas = () => [...document.querySelectorAll(".jp-Cell .jp-OutputArea")].filter(
    (area) => area.querySelector(":scope > .jp-OutputArea-child :is(.noUi-handle, .adamviz)"));
  bench.handle = (i) => bench.areas()[i].querySelector(".adamviz-slider input, .noUi-handle");
  /** Give the first control the focus; where `told` is false, the figure does not hear of it. */
  bench.focus = (i, told) => {
    const stop = (event) => { if (!told) event.stopImmediatePropagation(); };
    window.addEventListener("focusin", stop, true);
    bench.handle(i).focus();
    window.removeEventListener("focusin", stop, true);
  };
  bench.next = (event, node = window) => new Promise((resolve) => node.addEventListener(
    event, () => resolve(performance.now()), { capture: true, once: true }));

  /** What is seen in an area: the words of a picture, a label, or the address of an image. */
  bench.seen = (area) => {
    const picture = area.querySelector(".adamviz-picture");
    if (picture) return picture.getAttribute("aria-label");
    const image = area.querySelector("img");
    return image ? image.src.slice(-200) : area.querySelector(".widget-label:last-child")?.textContent;
  };

  /** Calls with each change that has been painted; a picture's `data-frames` is set after it. */
  bench.watch = (area, call) => {
    const picture = area.querySelector(".adamviz-picture");
    const watch = new MutationObserver(() => call(performance.now()));
    if (picture) watch.observe(picture, { attributeFilter: ["data-frames"] });
    else watch.observe(area, { childList: true, subtree: true, characterData: true });
    return watch;
  };

  /**
   * From the next key until something else is painted: `await bench.answer` is {ms, told}, the
   * second whether a message came meanwhile.
   */
  bench.listen = (i) => {
    const area = bench.areas()[i], before = bench.seen(area), began = bench.next("keydown");
    const painted = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error("no answer in 20 s")), 20000);
      const watch = bench.watch(area, async (at) => {
        const now = bench.seen(area), image = area.querySelector("img");
        if (!now || now === before) return;
        watch.disconnect();
        const came = bench.came;
        if (image) await image.decode().catch(() => 0);
        resolve([image ? performance.now() : at, came]);
      });
    });
    bench.answer = Promise.all([began, painted]).then(([from, [to, came]]) => (
      { ms: to - from, told: came > from }));
  };

  /** Move a control by its place among the sliders of a figure, without a hand near it. */
  bench.shift = (i, n) => {
    const input = bench.areas()[i].querySelectorAll(".adamviz-slider input")[n];
    const value = Number(input.value), last = Number(input.max);
    input.value = String(value > last / 2 ? value - 1 : value + 1);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /** What is painted from now on: `bench.record` = {keys, moves, paints: [{at, words, painted}]}. */
  bench.count = (i) => {
    const area = bench.areas()[i], record = { keys: [], moves: [], paints: [] };
    bench.record?.end();
    const key = () => record.keys.push(performance.now());
    const move = () => record.moves.push(performance.now());
    window.addEventListener("keydown", key, true);
    window.addEventListener("pointermove", move, true);
    const watch = bench.watch(area, (at) => record.paints.push({
      at, seen: bench.seen(area), painted: area.querySelector(".adamviz-picture")?.dataset.painted }));
    record.end = () => {
      window.removeEventListener("keydown", key, true);
      window.removeEventListener("pointermove", move, true);
      watch.disconnect();
    };
    bench.record = record;
    bench.bytes = 0;
  };

  /** When a hand comes over the first slider of a figure; from then on messages are kept. */
  bench.hover = (i) => {
    bench.kept = [];
    const node = bench.handle(i).closest(".adamviz-slider");
    bench.next("pointerenter", node).then((at) => { bench.over = at; });
  };

  /** Until the last of the stops ahead was here, in ms, and how many there were. */
  bench.stops = () => {
    const utf8 = new TextDecoder();
    let count = 0, at = 0, done = false;
    for (const [when, data] of bench.kept) {
      if (typeof data === "string") continue; // JupyterLab's own
      const view = new DataView(data), part = (k) => Number(view.getBigUint64(8 * (k + 1), true));
      const content = JSON.parse(utf8.decode(data.slice(part(4), part(5)))).data?.content;
      if (content?.kind !== "ahead") continue;
      count += content.frames.length;
      if (content.frames.length) at = when;
      done ||= content.done;
    }
    bench.kept = null;
    return { ms: at - bench.over, count, done };
  };
})();
