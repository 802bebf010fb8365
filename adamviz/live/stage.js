// A figure in a page: controls, canvases and words, moved by hands and by a kernel.
//
// First come pure functions that decode and draw lists (their form: drawing/recorder.py). Then a
// `Stage`, which knows what the controls show and which frames there are; it sends moves, and paints
// no frame that was made for other values than the controls now show. Then a `View`, the figure in
// one place of the page; one stage may have several. Last the widget's two hooks.

/** @typedef {{ops: any[], styles: any[][], arrays: (Int16Array|Float32Array|Uint8Array)[],
 *   units: number[], words: number[][], cache: Map<any, any>}} List */
/** @typedef {{under: List, over: List, name: string}} Still */
/** @typedef {{name: string, still: DataView|null, moving: DataView, head?: DataView, list?: List}} Drawn */
/** @typedef {{words: string, tiles: Drawn[], changes?: Object<string, any>, error?: string}} Frame */

// --- lists -----------------------------------------------------------------------------------------

/**
 * A list; `head` is one with its header, where it comes without.
 * @param {DataView} data @param {DataView} head @returns {List}
 */
export function decode(data, head = data) {
  // Arrays begin at a multiple of four, which a view into a longer message need not do.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const own = data.byteOffset % 4 ? bytes.slice() : bytes;
  const buffer = /** @type {ArrayBuffer} */ (own.buffer);
  const body = own.byteOffset + 4 + data.getUint32(0, true);
  const text = new Uint8Array(head.buffer, head.byteOffset + 4, head.getUint32(0, true));
  const header = JSON.parse(new TextDecoder().decode(text));
  const arrays = header.arrays.map(([start, size, unit]) => {
    const Kind = unit < 0 ? Uint8Array : unit ? Int16Array : Float32Array;
    return new Kind(buffer, body + start, size);
  });
  const units = header.arrays.map(([, , unit]) => unit);
  const { ops, words = [] } = header;
  const styles = header.styles.map((style) => [...style.slice(0, 8), header.clips[style[8] - 1]]);
  return { ops, styles, arrays, units, words, cache: new Map() };
}

/** @param {DataView} data @param {string} name @returns {Still} */
export function decodeStill(data, name) {
  const length = data.getUint32(0, true);
  const part = (from, size) => decode(new DataView(data.buffer, data.byteOffset + from, size));
  return { under: part(4, length), over: part(4 + length, data.byteLength - 4 - length), name };
}

/** Which of `count` vertices a role shows at a step. @returns {[number, number]} */
export function seen(role, count, step) {
  if (!role || role[0] === "all" || role[0] === "handle" || role[0] === "cursor") return [0, count];
  const [kind, first = 0, stride = 1] = role;
  const end = Math.min(count, Math.max(0, (step - first + 1) * stride));
  return [kind === "trail" ? 0 : Math.max(0, Math.min(end, (step - first) * stride)), end];
}

/** The places of an array as pixels; NaN for a gap. @returns {Float64Array|Float32Array} */
function places(list, index) {
  const key = "places" + index;
  let found = list.cache.get(key);
  if (!found) {
    const array = list.arrays[index], unit = list.units[index];
    found = unit ? Float64Array.from(array, (v) => (v === -32768 ? NaN : v / unit)) : array;
    list.cache.set(key, found);
  }
  return found;
}

/**
 * The two ends of a cursor at a step: the line at step 0 and that at the last, between them.
 * @returns {Float64Array}
 */
function between(v, step, steps) {
  const part = steps ? step / steps : 0;
  return Float64Array.from([0, 1, 2, 3], (i) => v[i] + (v[4 + i] - v[i]) * part);
}

/** Trace vertices into a path or a context. `snap` maps a coordinate to one that lies on pixels. */
function trace(path, v, codes, from, to, snap) {
  const at = snap || ((x) => x);
  if (!codes) {
    let open = false;
    for (let i = from; i < to; i++) {
      const x = v[2 * i], y = v[2 * i + 1];
      if (x !== x || y !== y) { open = false; continue; }
      if (open) path.lineTo(at(x), at(y));
      else path.moveTo(at(x), at(y));
      open = true;
    }
    return path;
  }
  let open = false;
  for (let i = from; i < to; i++) {
    const n = codes[i] === 3 ? 2 : codes[i] === 4 ? 3 : 1, p = [];
    for (let k = 0; k < 2 * n; k++) p.push(at(v[2 * i + k]));
    if (codes[i] === 79) { if (open) path.closePath(); continue; }
    i += n - 1;
    if (p.some((x) => x !== x)) { open = false; continue; }
    if (codes[i] === 1 || !open) path.moveTo(p[p.length - 2], p[p.length - 1]);
    else if (n === 1) path.lineTo(p[0], p[1]);
    else if (n === 2) path.quadraticCurveTo(p[0], p[1], p[2], p[3]);
    else path.bezierCurveTo(p[0], p[1], p[2], p[3], p[4], p[5]);
    open = true;
  }
  return path;
}

/** The parts of a line within a box and a little more, with a gap after each that ends there. */
function inside(v, from, to, [left, top, width, height]) {
  const low = [left - 9, top - 9], high = [left + width + 9, top + height + 9], found = [];
  for (let i = from; i + 1 < to; i++) {
    const a = [v[2 * i], v[2 * i + 1]], b = [v[2 * i + 2], v[2 * i + 3]];
    let begin = 0, end = 1; // of the way from a to b
    for (const k of [0, 1]) {
      const way = b[k] - a[k];
      const at = [(low[k] - a[k]) / way, (high[k] - a[k]) / way].sort((x, y) => x - y);
      if (way) [begin, end] = [Math.max(begin, at[0]), Math.min(end, at[1])];
      else if (!(a[k] >= low[k] && a[k] <= high[k])) end = -1;
    }
    if (!(begin <= end)) continue;
    const point = (part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    if (begin > 0 || !found.length) found.push(NaN, NaN, ...point(begin));
    else if (found[found.length - 1] !== found[found.length - 1]) found.push(...point(0));
    found.push(...point(end));
    if (end < 1) found.push(NaN, NaN);
  }
  return found;
}

/** Snapping of a stroke of a width, as Agg does it: on pixels where it is odd, between where even. */
function snapping(width, scale) {
  const half = (Math.floor(width * scale + 0.5) % 2) / 2;
  return (x) => (Math.floor(x * scale + 0.5) + half) / scale;
}

function fillAndStroke(g, style, path) {
  const [stroke, alpha, width, , , , fill, fillAlpha] = style;
  if (fill) { g.globalAlpha = fillAlpha; path ? g.fill(path) : g.fill(); }
  if (stroke && width) { g.globalAlpha = alpha; path ? g.stroke(path) : g.stroke(); }
}

function clipTo(g, list, clip, scale) {
  if (!clip) return;
  g.beginPath();
  if (clip.length === 4) {
    // At whole pixels, as Agg does it: the edge of an image is not half there.
    const [x, y, right, bottom] = [clip[0], clip[1], clip[0] + clip[2], clip[1] + clip[3]]
      .map((v) => Math.floor(v * scale + 0.5) / scale);
    g.rect(x, y, right - x, bottom - y);
  } else trace(g, places(list, clip[0]), list.arrays[clip[1]], 0, places(list, clip[0]).length / 2);
  g.clip();
}

const ROLE = { path: 4, mark: 5, arrows: 5 }; // where it stands in an op

/** The corners of an arrow, as drawing/arrow.py has them: [ahead of the tail or tip, aside]. */
const CORNERS = [[0, 0.5], [-3.6, 0.5], [-4, 1.75], [0, 0], [-4, -1.75], [-3.6, -0.5], [0, -0.5]];

function arrow(x, y, tipX, tipY, width) {
  const length = Math.hypot(tipX - x, tipY - y), size = Math.min(width, length / 4);
  const [ux, uy] = [(tipX - x) / length * size, (tipY - y) / length * size];
  const reach = Math.max(length / width, 4);
  return CORNERS.flatMap(([ahead, aside], k) => {
    const along = ahead + (k > 0 && k < 6 ? reach : 0);
    return [x + ux * along + uy * aside, y + uy * along - ux * aside];
  });
}

/**
 * Draw a list as it is seen at a step.
 * @param {CanvasRenderingContext2D} g
 * @param {List} list
 * @param {{step?: number, steps?: number, scale?: number, held?: number[]|null, below?: List}} how
 *   `scale` is of device pixels to the list's, `held` where a hand holds the handle, `below` the list
 *   that this one comes over
 */
export function paint(g, list, { step = 0, steps = 0, scale = 1, held = null, below = list } = {}) {
  for (const op of list.ops) {
    const style = list.styles[op[1]], role = op[ROLE[op[0]]] || 0;
    g.save();
    clipTo(g, list, style[8], scale);
    g.lineWidth = style[2];
    g.lineCap = style[4];
    g.lineJoin = style[5];
    if (style[3]) { g.setLineDash(style[3].slice(1)); g.lineDashOffset = style[3][0]; }
    if (style[0]) g.strokeStyle = style[0];
    if (style[6]) g.fillStyle = style[6];
    if (op[0] === "path") {
      const snap = op[5] && snapping(style[0] ? style[2] : 0, scale);
      let v = places(list, op[2]), codes = op[3] < 0 ? null : list.arrays[op[3]];
      let [from, to] = seen(role, v.length / 2, step);
      if (role && role[0] === "cursor") { v = between(v, step, steps); to = 2; codes = null; }
      if (role && role[0] === "point") codes = null;
      // Dashes are counted from where a line comes into sight; a thousand of them cost time.
      if (style[3] && !codes && !list.units[op[2]] && style[8] && style[8].length === 4) {
        v = inside(v, from, to, style[8]);
        [from, to] = [0, v.length / 2];
      }
      g.beginPath();
      trace(g, v, codes, from, to, snap);
      fillAndStroke(g, style);
    } else if (op[0] === "mark") {
      const own = op[3] < 0 ? below : list, [outline, codes] = op[3] < 0 ? below.words[-1 - op[3]] : [op[3], op[4]];
      const snap = op[6] && snapping(style[0] ? style[2] : 0, scale), middle = snap ? 0 : 0.5;
      const key = "mark" + outline + (snap ? "," + scale + "," + style[2] : "");
      let mark = own.cache.get(key);
      if (!mark) {
        const v = places(own, outline);
        mark = trace(new Path2D(), v, codes < 0 ? null : own.arrays[codes], 0, v.length / 2, snap);
        own.cache.set(key, mark);
      }
      const v = role && role[0] === "handle" && held ? held : places(list, op[2]);
      const [from, to] = seen(role, v.length / 2, step), [first, stride] = op[7] || [0, 1];
      for (let i = from + first; i < to; i += stride) {
        let x = v[2 * i], y = v[2 * i + 1];
        if (x !== x || y !== y) continue;
        // As Agg does it, all of a kind look alike: an outline that is on pixels stays on them, the
        // middle of any other is that of a pixel.
        x = (Math.floor(x * scale + 0.5) + middle) / scale;
        y = (Math.floor(y * scale + 0.5) + middle) / scale;
        g.translate(x, y);
        fillAndStroke(g, style, mark);
        g.translate(-x, -y);
      }
    } else if (op[0] === "arrows") {
      const tails = places(list, op[2]), tips = places(list, op[3]);
      const [from, to] = seen(role, tails.length / 2, step);
      for (let i = 2 * from; i < 2 * to; i += 2) {
        g.beginPath();
        trace(g, arrow(tails[i], tails[i + 1], tips[i], tips[i + 1], op[4]), null, 0, 7);
        fillAndStroke(g, style);
      }
    } else if (op[0] === "text") {
      const [, , x, y, angle, size, outline, codes] = op, v = places(list, outline);
      g.translate(x, y);
      g.rotate(-angle);
      g.scale(size, size);
      g.beginPath();
      trace(g, v, list.arrays[codes], 0, v.length / 2);
      fillAndStroke(g, style);
    } else if (op[0] === "image") {
      const [, , pixels, width, height, matrix] = op;
      let image = list.cache.get("image" + pixels);
      if (!image) {
        image = Object.assign(document.createElement("canvas"), { width, height });
        const data = new ImageData(new Uint8ClampedArray(list.arrays[pixels]), width, height);
        image.getContext("2d").putImageData(data, 0, 0);
        list.cache.set("image" + pixels, image);
      }
      g.imageSmoothingEnabled = false;
      g.globalAlpha = style[1];
      g.transform(matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]);
      g.drawImage(image, 0, 0);
    }
    g.restore();
  }
}

/**
 * How tiles of these widths stand in a room: lines of tiles, each with the scale that fills the
 * room. Somewhat smaller where that keeps them in a line, else one below another.
 * @param {number[]} widths @param {number} room @param {number} least the smallest scale of a line
 * @returns {{tiles: number[], scale: number}[]}
 */
export function arrange(widths, room, least) {
  const lines = [];
  let line = [], total = 0;
  widths.forEach((width, i) => {
    if (line.length && (total + width) * least > room) { lines.push([line, total]); line = []; total = 0; }
    line.push(i);
    total += width;
  });
  if (line.length) lines.push([line, total]);
  return lines.map(([tiles, sum]) => ({ tiles, scale: room / sum }));
}

// --- a stage ---------------------------------------------------------------------------------------

const WALK = 10e3; // ms in which all steps are played at first
const BEATS = [33, 400]; // ms from one picture to the next while it plays, at least and at most
const BEAT = 120; // the same where the kernel makes each step
const SPEEDS = [0.5, 1, 2, 4]; // of playing
const FRAME = 8; // ms after a picture in which no other one is painted but with the screen's next
const REST = 150; // ms without a move after which the kernel hears of the step
const SILENCE = 2500; // ms without an answer after which the page says so
const ASKED = 4; // requests for stops ahead that are under way at once, at most
const FEW = 4; // methods that have a line each: of more, several stand side by side
const SLICE = 0.06; // seconds that the kernel takes for one of them: shorter ones wait on their way
const TYPE = 10.3; // pixels of the smallest type with which panels are kept side by side
const SHARE = 0.75; // of the height that is seen, for a picture that grows
const LEAST = 0.5; // the same, for that of a lecture: what is said at length goes below
const LONG = 420; // pixels of the slider with the steps, at least
const NARROW = 480; // pixels of a page in which panels do not stand side by side
const KEPT = 24; // stills that are kept decoded
const SLOW = 0.1; // seconds for one answer with which only one is asked for at a time
const BUDGET = 2e6; // bytes of stops that are kept for one control

/** What a figure shows, and what it could show, without a place in the page. */
export class Stage {
  constructor(model) {
    this.model = model;
    this.views = new Set();
    this.client = Math.random().toString(36).slice(2);
    this.sent = this.heard = 0;
    this.since = 0; // when the oldest move without an answer was sent
    this.stills = new Map(); // by name: decoded
    this.ahead = new Map(); // by key: {base, frames, stills, heads, asked, bytes, done}
    this.wish = this.moved = ""; // the keys of the controls that a hand is near, and that it moved last
    this.held = null; // {tile, place} while a hand drags
    this.timer = this.rest = 0;
    this.untold = new Map(); // moves of which the kernel has not heard yet, by key
    this.playing = false;
    this.speed = 1;
    /** @type {Object<string, any>} */
    this.state = {};
    this.take();
  }

  get parts() { return this.model.get("parts"); }

  // --- what comes

  /** The kernel says where everything stands. */
  take() {
    const now = this.model.get("now");
    if (!now || !now.state) return;
    const own = !!now.heard && now.heard[0] === this.client; // an answer to a hand in this page
    if (own) {
      if (now.heard[1] < this.heard) return; // it comes after a newer one
      this.heard = now.heard[1];
      this.since = this.sent > this.heard ? performance.now() : 0;
    }
    const waiting = this.sent > this.heard;
    // Of a drag every picture is shown that is newer than the last; of a control only the last.
    if ((waiting || this.untold.size > Number(this.untold.has("step"))) && !this.held) return;
    this.error = now.error || "";
    // What a hand moved here, and was refused, stays as the hand left it.
    const refused = this.error && own;
    this.now = refused ? { ...now, texts: this.now.texts } : now;
    if (!refused) {
      const step = this.untold.has("step") ? this.state.step : now.state.step;
      this.state = { ...now.state, step: Math.min(step, now.steps) };
    }
    const moving = this.model.get("moving"), laid = this.model.get("laid");
    const tiles = laid.tiles.map((tile, i) => ({
      name: tile.name, still: this.model.get("still" + i), moving: moving[i],
    }));
    if (tiles.every((tile) => tile.still && tile.moving)) {
      const stills = new Map(tiles.map((tile) => [tile.name, tile.still]));
      const { state, words } = now;
      this.font = laid.font;
      this.frame = this.ready({ words, tiles, laid: laid.tiles, step: state.step, state }, stills);
    }
    this.forget();
    if (this.wish) this.near(this.wish);
    for (const [key, store] of this.ahead) this.more(key, store);
    this.changed(own);
  }

  /** A message of the kernel: frames of stops ahead, or that it plays. */
  hear(message, buffers) {
    if (message.kind === "play") return message.client === this.client && this.play(true);
    if (message.kind !== "ahead") return;
    const store = this.ahead.get(message.key);
    if (!store || store.base !== message.base || store.base !== this.base(message.key)) return;
    if (message.gone) return this.ahead.delete(message.key);
    store.asked -= 1;
    // As many as keep the kernel busy while answers travel: a move waits behind no more than these.
    const way = (performance.now() - store.since) / 1e3 - message.took;
    store.most ||= Math.min(ASKED, 2 + Math.floor(way / SLICE));
    for (const [stop, frame] of message.frames) {
      const tiles = (frame.tiles || []).map(([name, still, moving]) => {
        if (still >= 0) store.stills.set(name, buffers[still]);
        const list = buffers[moving];
        if (list.getUint32(0, true)) store.heads.set(name, list); // else it is like the one before
        return { name, moving: list, head: store.heads.get(name) };
      });
      // Answers to an earlier hand here may come with a header that went before they did.
      if (tiles.some((tile) => !tile.head)) continue;
      store.laid = frame.laid || store.laid;
      store.frames.set(stop, { ...frame, laid: store.laid, tiles });
    }
    for (const buffer of buffers) store.bytes += buffer.byteLength;
    store.slow = message.took > SLOW;
    store.done = message.done || store.bytes > BUDGET;
    this.more(message.key, store);
    if (message.key === "step") this.changed();
  }

  /** A frame with its lists decoded, from stills as they came; null if one of them did not. */
  ready(frame, stills) {
    for (const tile of frame.tiles) {
      let still = this.stills.get(tile.name);
      if (!still) {
        if (!stills.has(tile.name)) return null;
        still = decodeStill(stills.get(tile.name), tile.name);
      }
      this.stills.delete(tile.name); // the last ones used come last
      this.stills.set(tile.name, still);
      if (!tile.list) tile.list = decode(tile.moving, tile.head);
    }
    const old = [...this.stills.keys()].slice(0, -KEPT);
    for (const name of old) this.stills.delete(name);
    return { ...frame, stills };
  }

  // --- stops ahead

  /** What all values but one are, as a text: frames ahead of a control are for these. */
  base(key) {
    return Object.entries(this.state).map(([k, v]) => (k === key ? "" : `${k}=${v};`)).join("");
  }

  forget() {
    for (const [key, store] of this.ahead) if (store.base !== this.base(key)) this.ahead.delete(key);
  }

  /** A hand comes near a control: ask for what its stops would show. */
  near(key) {
    this.wish = key;
    const base = this.base(key);
    const known = this.ahead.get(key);
    if (known && known.base === base) return this.more(key, known);
    this.tell();
    if (this.sent > this.heard || this.held || this.error) return;
    if (!this.frame || !this.isOf(this.frame)) return;
    const { steps, start, texts, idle } = this.now, stills = new Map(this.frame.stills);
    const frames = new Map([[this.state[key], { ...this.frame, standing: { steps, start, texts, idle } }]]);
    const store = { base, frames, stills, heads: new Map(), laid: this.frame.laid, asked: 0, bytes: 0,
      done: false, since: performance.now(), most: 0 };
    this.ahead.set(key, store);
    this.more(key, store);
  }

  more(key, store) {
    // Only for the control that a hand is near. Moves come first, but of this control the next ones
    // are nearer than the answers to those before. Where stops take long, one answer is under way.
    if (key !== this.wish && !(key === "step" && this.playing)) return;
    const calm = this.sent <= this.heard, most = store.slow ? 1 : store.most || 2;
    while (!store.done && store.asked < (calm ? most : Number(this.moved === key))) {
      store.asked += 1;
      const { base, begun } = store;
      store.begun = true;
      this.post({ kind: "ahead", key, base, begins: !begun, seconds: SLICE, heard: [this.client, this.sent] });
    }
  }

  // --- what a hand does

  /** A control stands elsewhere. @param {Object<string, any>} changes */
  move(changes) {
    const [key] = Object.keys(changes);
    if (Object.keys(changes).length === 1 && key === "step" && !this.parts.stepwise) {
      return this.stepTo(changes.step);
    }
    this.moved = key;
    const store = this.ahead.get(key), frame = store && store.frames.get(changes[key]);
    const held = frame && !frame.error && store.base === this.base(key) &&
      this.ready(frame, store.stills);
    this.state = { ...this.state, ...changes, ...(held ? frame.changes : {}) };
    if (held) {
      this.frame = { ...held, step: this.state.step, state: this.state };
      this.now = { ...this.now, ...frame.standing };
      this.error = "";
      this.later(changes);
    } else {
      this.send({ kind: "move", changes });
    }
    this.forget();
    this.changed(held);
  }

  /** The step moves here and now; the kernel hears of it when it rests. */
  stepTo(step) {
    this.state = { ...this.state, step };
    for (const [key] of this.ahead) if (key !== "step") this.ahead.delete(key);
    this.later({ step });
    this.changed(true);
  }

  /** What the page has shown by itself, the kernel hears when the hand rests. */
  later(changes) {
    for (const [key, value] of Object.entries(changes)) this.untold.set(key, value);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.tell(), REST);
  }

  tell() {
    clearTimeout(this.rest);
    const changes = Object.fromEntries(this.untold);
    this.untold.clear();
    if (Object.keys(changes).length) this.send({ kind: "move", changes });
  }

  /** A hand at a place of a tile: the handle follows at once, the paths as they come. */
  grab(tile, place, ends) {
    this.held = { tile, place };
    this.send({ kind: "grab", tile, x: place[0], y: place[1], at: performance.now() / 1000, ends });
    if (ends) this.held = null;
    this.changed(true);
  }

  /** Panels are drawn for a narrow page where no view has room for two side by side. */
  fit() {
    const narrow = Number([...this.views].every((view) => view.room < NARROW));
    if (narrow !== this.narrow) {
      this.narrow = narrow;
      if (narrow !== this.state.narrow) this.move({ narrow });
    }
  }

  press(key) { this.send({ kind: "press", key }); }

  send(message) {
    this.tell(); // the kernel hears of moves in their order
    this.sent += 1;
    if (!this.since) this.since = performance.now();
    this.post({ ...message, heard: [this.client, this.sent] });
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.changed(), SILENCE + 50);
  }

  /** What cannot be sent, because the kernel is gone, is never answered: the complaint says so. */
  post(message) {
    try { this.model.send(message); } catch { /* nobody is there */ }
  }

  /** What is wrong with the line to the kernel, in words. */
  get complaint() {
    if (!this.since || this.sent <= this.heard || performance.now() - this.since < SILENCE) return "";
    return "Python has not answered yet: what was moved last is not in the picture. " +
      "Steps and Play go on without it.";
  }

  /** How it plays now: milliseconds from one picture to the next, and the steps between them. */
  get pace() {
    if (this.parts.stepwise) return [BEAT / this.speed, 1];
    const beat = Math.min(WALK / this.now.steps, BEATS[1]) / this.speed;
    const stride = Math.max(1, Math.round(BEATS[0] / beat));
    return [beat * stride, stride];
  }

  play(on) {
    clearInterval(this.timer);
    const last = () => this.state.step >= this.now.steps;
    if (on && last()) this.move({ step: 0 });
    this.playing = on;
    if (on) {
      const [beat, stride] = this.pace;
      if (!this.parts.stepwise) this.near("step");
      this.timer = setInterval(() => {
        if (!this.views.size || last()) return this.play(false);
        const step = Math.min(this.state.step + stride, this.now.steps);
        // Where the kernel makes each step, the next waits for the last.
        if (!this.parts.stepwise || this.sent <= this.heard) this.move({ step });
      }, beat);
    }
    this.changed();
  }

  /** Play at another speed, of `SPEEDS`. */
  hurry(speed) {
    this.speed = speed;
    if (this.playing) this.play(true);
  }

  // --- what is seen

  /** Whether a frame is of what the controls show, whatever the step. */
  isOf(frame) {
    return Object.entries(this.state).every(([key, v]) => key === "step" || frame.state[key] === v);
  }

  /** The words for what is seen, if they are known. */
  get words() {
    const frame = this.frame, store = this.ahead.get("step");
    if (frame && !this.isOf(frame)) return null;
    if (!frame) return null;
    if (frame.step === this.state.step) return frame.words;
    const there = store && store.base === this.base("step") && store.frames.get(this.state.step);
    return there ? there.words : null;
  }

  /** The lists of a tile for what is seen. */
  list(i) {
    const frame = this.frame, tile = frame.tiles[i];
    if (frame.step === this.state.step || !frame.laid[i].stepwise) return tile.list;
    const store = this.ahead.get("step");
    const there = store && store.base === this.base("step") && store.frames.get(this.state.step);
    const own = there && there.tiles.find((t) => t.name === `${i}`);
    if (!own) return tile.list;
    own.list ||= decode(own.moving, own.head);
    return own.list;
  }

  /** Something else is to be seen; at once, where it answers a hand. */
  changed(atOnce = false) {
    for (const view of this.views) view.schedule(atOnce);
  }
}

// --- a view ----------------------------------------------------------------------------------------

const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 }; // as a remote sends

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const PART = String.raw`(?:\([^)]*\)|\((?![^)]*\))|[^,;(]|[,;](?! ))`; // with what is within brackets
const PARTS = new RegExp(`${PART}*[,;] |${PART}+`, "g");

/** A line of words: what is told, and its parts, between which alone it may be broken. */
function told(line) {
  const [, head = "", rest] = line.match(/^([^:]*: )?(.*)$/);
  const parts = rest.match(PARTS) || [];
  const body = element("span", {}, ...parts.map((part) => element("span", {}, part)));
  const cells = [element("span", {}, head), body];
  return element("div", {}, ...(head ? cells : cells.slice(1)));
}

/** What has the focus, within the shadow of another element, too. */
function focused() {
  let found = document.activeElement;
  while (found && found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
  return found;
}

/** A figure in one place of a page. */
export class View {
  constructor(stage, root, signal) {
    this.stage = stage;
    this.root = root;
    this.signal = signal;
    this.items = new Map(); // by key: {node, follow}
    this.folds = new Map(); // by name
    this.said = new Map(); // by method: what the words say of it
    this.due = this.shown = 0;
    root.classList.add("adamviz");
    this.picture = element("div", { class: "adamviz-picture", role: "img" });
    this.words = element("div", { class: "adamviz-words", role: "status" });
    this.alarm = element("pre", { class: "adamviz-alarm", role: "alert", hidden: "" });
    this.silence = element("div", { class: "adamviz-silence", role: "status", hidden: "" });
    this.canvases = [];
    stage.views.add(this);
    if (stage.views.size === 1) stage.post({ kind: "opened", client: stage.client });
    signal.addEventListener("abort", () => this.close());
    this.watched = new ResizeObserver(() => { if (this.hasOtherRoom) this.schedule(); });
    this.watched.observe(root);
    // Words that become fewer leave their place free: nothing below them jumps.
    this.kept = new ResizeObserver(([{ contentRect: { height } }]) => {
      if (height > this.tallest) this.words.style.minHeight = `${this.tallest = height}px`;
    });
    this.kept.observe(this.words);
    this.on(document, "fullscreenchange", () => this.schedule());
    this.watchRatio();
    this.keys();
    this.show();
  }

  /** A window that is dragged to another screen, or zoomed, has other pixels. */
  watchRatio() {
    const same = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    this.on(same, "change", () => { this.schedule(); this.watchRatio(); }, { once: true });
  }

  close() {
    const { stage } = this, { views, client } = stage;
    views.delete(this);
    if (!views.size) stage.post({ kind: "closed", client });
    this.watched.disconnect();
    this.kept.disconnect();
    cancelAnimationFrame(this.due);
  }

  schedule(atOnce = false) {
    if (atOnce && performance.now() - this.shown > FRAME) {
      cancelAnimationFrame(this.due);
      this.due = 0;
      this.show();
    } else if (!this.due) {
      this.due = requestAnimationFrame(() => { this.due = 0; this.show(); });
    }
  }

  on(node, type, call, options = {}) {
    node.addEventListener(type, call, { signal: this.signal, ...options });
    return node;
  }

  show() {
    const { stage } = this;
    this.shown = performance.now();
    this.place();
    const words = stage.words;
    if (words !== null && this.read !== words) {
      this.read = words;
      this.picture.setAttribute("aria-label", words);
      const lines = this.rest(words).split("\n");
      this.words.replaceChildren(...lines.flatMap((line, i) => (i ? ["\n", told(line)] : [told(line)])));
    }
    for (const [key, item] of this.items) item.follow(stage.state[key]);
    this.root.classList.toggle("adamviz-waits", words === null);
    this.alarm.hidden = !stage.error;
    this.alarm.textContent = stage.error || "";
    this.silence.textContent = stage.complaint;
    this.silence.hidden = !stage.complaint;
    if (this.root.classList.toggle("adamviz-present", !!stage.state.present) !== this.presented) {
      this.presented = !!stage.state.present;
      this.foldAside();
      this.keepNone();
    }
    if (stage.frame) this.paint();
  }

  /** Of the words those that do not stand in the rows of methods. */
  rest(words) {
    let lines = words.split("\n");
    this.said = new Map();
    const rows = Object.values(this.stage.parts.items).filter((spec) => spec.kind === "said");
    // The longest names first: one may begin with another.
    for (const { method, brief } of rows.sort((a, b) => b.method.length - a.method.length)) {
      const line = lines.find((text) => text.startsWith(`  ${method} (`));
      if (!line) continue;
      lines = lines.filter((text) => text !== line);
      // How it is set, its own controls say, if it has any; and at which step it is, the slider.
      const said = brief ? line.slice(line.indexOf("): ") + 3) : line.slice(method.length + 3);
      this.said.set(method, said.replace(/ at step \d+$/, ""));
    }
    return lines.join("\n");
  }

  // --- the picture

  paint() {
    const { stage } = this, tiles = stage.frame.laid, ratio = window.devicePixelRatio || 1;
    const room = this.root.clientWidth;
    this.painted = room && `${room} ${this.height}`;
    if (!room) return; // scrolled out of a long notebook
    const height = this.height, { present } = stage.state;
    const laid = [...tiles.flatMap((tile) => [...tile.box, tile.row, !!tile.grab]), room, height, present].join();
    if (laid !== this.laid) {
      if (room !== this.room) this.keepNone();
      this.room = room;
      this.laid = laid;
      this.lay(tiles, room, height);
      stage.fit();
    }
    const { state, frame, held } = stage;
    // What the frame is of, which is not what the controls show while Python has not answered.
    const shown = Object.entries({ ...frame.state, step: state.step });
    this.picture.classList.toggle("adamviz-stale", !!stage.error);
    this.picture.dataset.painted = shown.map(([k, v]) => `${k}=${v}`).join(";");
    // What is there already is not painted again: Python may be waiting for the processor.
    const lists = frame.tiles.map((tile, i) => stage.list(i));
    const seen = [...lists, ...frame.tiles.map((tile) => tile.name), laid, ratio, state.step,
      stage.now.steps, held && held.place];
    if (this.seen && this.seen.length === seen.length && seen.every((v, i) => v === this.seen[i])) return;
    this.seen = seen;
    this.canvases.forEach((canvas, i) => {
      const tile = frame.tiles[i], width = tiles[i].box[2], height = tiles[i].box[3];
      const [wide, high] = [width, height].map((v) => Math.round(canvas.scale * v * ratio));
      if (canvas.node.width !== wide || canvas.node.height !== high) {
        canvas.node.width = wide;
        canvas.node.height = high;
      }
      const g = canvas.node.getContext("2d"), scale = wide / width;
      const still = stage.stills.get(tile.name);
      const how = { step: state.step, steps: stage.now.steps, scale, below: still.under };
      const drawn = `${tile.name},${wide},${high}`;
      if (canvas.drawn !== drawn) {
        canvas.drawn = drawn;
        canvas.under = this.bitmap(canvas.under, canvas.node, still.under, how);
        canvas.over = still.over.ops.length ? this.bitmap(canvas.over, canvas.node, still.over, how) : null;
      }
      g.setTransform(1, 0, 0, 1, 0, 0);
      g.clearRect(0, 0, canvas.node.width, canvas.node.height);
      g.drawImage(canvas.under, 0, 0);
      g.setTransform(scale, 0, 0, scale, 0, 0);
      paint(g, lists[i], { ...how, held: held && held.tile === i ? held.place : null });
      g.setTransform(1, 0, 0, 1, 0, 0);
      if (canvas.over) g.drawImage(canvas.over, 0, 0);
    });
    this.picture.dataset.frames = String(Number(this.picture.dataset.frames || 0) + 1);
  }

  bitmap(old, like, list, how) {
    const made = old || document.createElement("canvas");
    made.width = like.width;
    made.height = like.height;
    const g = made.getContext("2d");
    g.setTransform(how.scale, 0, 0, how.scale, 0, 0);
    paint(g, list, how);
    return made;
  }

  /** The words take the place that they need here, until more are said. */
  keepNone() {
    this.tallest = 0;
    this.words.style.minHeight = "";
  }

  /** Whether there is other room than when it was painted: an observer calls at first, too. */
  get hasOtherRoom() { return this.painted !== `${this.root.clientWidth} ${this.height}`; }

  get filled() { return document.fullscreenElement === this.root; }

  fill() {
    if (this.filled) document.exitFullscreen();
    else if (document.fullscreenEnabled) this.root.requestFullscreen().catch(() => {});
  }

  /**
   * The outermost pane that scrolls; those within it are as high as what they hold. It is looked for
   * where the figure comes to a new place, not with each picture.
   */
  get pane() {
    if (this.root.parentElement !== this.parent) {
      this.parent = this.root.parentElement;
      this.within = null;
      for (let node = this.parent; node && node !== document.body; node = node.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(node).overflowY)) this.within = node;
      }
      if (this.within) this.watched.observe(this.within);
    }
    return this.within;
  }

  /** Pixels of height that the picture should have at most, to be seen whole. */
  get height() {
    const { pane } = this;
    const seen = Math.min(pane && !this.filled ? pane.clientHeight : Infinity, window.innerHeight);
    if (!this.stage.state.present) return Math.round(SHARE * seen);
    // In a lecture with all that stands above and below it.
    const others = [...this.root.children].filter((node) => node !== this.picture && node.offsetHeight);
    const lines = new Map(others.map((node) => [node.offsetTop, node.offsetHeight])); // some are in one
    const rest = [...lines.values()].reduce((sum, height) => sum + height, 0.02 * seen);
    return Math.max(LEAST * seen, 8 * Math.floor((seen - rest) / 8));
  }

  /** Lay the canvases out: rows of panels side by side where there is room. */
  lay(tiles, room, height) {
    const rows = new Map(), { present, narrow } = this.stage.state, tall = (i) => tiles[i].box[3];
    // On a wide page rows stand beside one another, too: below, they would leave half of it empty.
    const merged = !narrow && tiles.reduce((sum, tile) => sum + tile.box[2], 0) <= room;
    tiles.forEach((tile, i) => {
      const row = merged ? 0 : tile.row;
      rows.set(row, [...(rows.get(row) || []), i]);
    });
    while (this.canvases.length < tiles.length) this.canvases.push(this.canvas(this.canvases.length));
    this.canvases.length = tiles.length;
    const lines = [...rows.values()].flatMap((row) => (
      arrange(row.map((i) => tiles[i].box[2]), room, TYPE / this.stage.font)
        .map((line) => ({ ...line, tiles: line.tiles.map((n) => row[n]) }))));
    const whole = lines.reduce((sum, line) => sum + Math.max(...line.tiles.map(tall)), 0);
    // A lecture sees all of it at once; a reader scrolls rather than reads small type.
    const most = narrow ? room / Math.max(...tiles.map((tile) => tile.box[2]))
      : present ? height / whole : Math.max(1, height / whole);
    const across = lines.map((line) => element("div", { class: "adamviz-line" }, ...line.tiles.map((i) => {
      const canvas = this.canvases[i], [, , wide, high] = tiles[i].box;
      canvas.scale = Math.min(line.scale, most);
      canvas.node.style.width = `${wide * canvas.scale}px`;
      canvas.node.style.height = `${high * canvas.scale}px`;
      canvas.node.classList.toggle("adamviz-drag", !!tiles[i].grab);
      return canvas.node;
    })));
    this.picture.replaceChildren(...across);
  }

  canvas(i) {
    const node = element("canvas", { "aria-hidden": "true" });
    const canvas = { node, scale: 1, drawn: "", under: null, over: null };
    const place = (event) => {
      const tile = this.stage.frame.laid[i], box = node.getBoundingClientRect();
      const [x, y, w, h] = tile.grab, scale = tile.box[2] / box.width;
      const at = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      return { inside: at[0] >= x && at[0] <= x + w && at[1] >= y && at[1] <= y + h,
        at: [Math.min(Math.max(at[0], x), x + w), Math.min(Math.max(at[1], y), y + h)] };
    };
    let dragging = false;
    const move = (event, ends) => {
      if (dragging) { event.preventDefault(); this.stage.grab(i, place(event).at, ends); }
      if (ends) dragging = false;
    };
    this.on(node, "pointerdown", (event) => {
      const tile = this.stage.frame.laid[i];
      if (!tile || !tile.grab || event.button !== 0 || !event.isPrimary || !place(event).inside) return;
      dragging = true;
      node.setPointerCapture(event.pointerId);
      move(event, false);
    });
    this.on(node, "pointermove", (event) => move(event, false));
    this.on(node, "pointerup", (event) => move(event, true));
    this.on(node, "pointercancel", (event) => move(event, true));
    return canvas;
  }

  /**
   * Keys in a control do not reach JupyterLab, which has shortcuts for them. In the present view,
   * with the hand over the figure, space plays, arrows step, f fills the screen, and Escape leaves.
   */
  keys() {
    let over = null;
    this.on(this.root, "pointerover", (event) => { over = event.target; });
    this.on(this.root, "pointerleave", () => { over = null; });
    // On the window, before JupyterLab's shortcuts.
    this.on(window, "keydown", (event) => {
      const { stage } = this, own = focused();
      if (event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter")) return;
      // Other keys in a control are the control's alone.
      if (own && this.root.contains(own) && own.matches("input, select, textarea")) event.stopPropagation();
      if (!over || !stage.state.present) return;
      // A control keeps its keys; over the picture only one that was reached by the keyboard.
      const held = own && own.matches("input, select, textarea, button") &&
        (own.matches(":focus-visible") || !this.picture.contains(over));
      if (held && event.key !== "Escape") return;
      if (event.key === "Escape") stage.move({ present: 0 });
      else if (event.key === "f") this.fill();
      else if (event.key === " ") { if (!event.repeat) stage.play(!stage.playing); }
      else if (event.key in STEPS) {
        if (stage.playing) stage.play(false);
        const step = Math.min(Math.max(stage.state.step + STEPS[event.key], 0), stage.now.steps);
        stage.move({ step });
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }, { capture: true });
  }

  // --- the controls

  /** The key of the control with stops that has the focus. */
  chosen() {
    const own = focused();
    const found = [...this.items].find(([, item]) => item.asks && item.node.contains(own));
    return found ? found[0] : "";
  }

  /** Put what there is in its places; what stands there already is not touched. */
  place() {
    const { parts } = this.stage, key = JSON.stringify(parts);
    if (key === this.placed) return;
    this.placed = key;
    this.read = null; // there may be a row for other methods
    const row = (keys) => {
      if (keys === "@picture") return this.picture;
      if (keys.fold) return this.fold(keys, keys.rows.map(row));
      if (keys === "@words") return element("div", {}, this.silence, this.alarm, this.words);
      return element("div", { class: "adamviz-row" }, ...keys.map((key) => this.node(key, parts.items[key])));
    };
    const rows = parts.rows.map(row);
    const methods = Object.values(parts.items).filter((spec) => spec.kind === "said").length;
    this.root.classList.toggle("adamviz-crowd", methods > FEW);
    const focus = focused();
    this.root.replaceChildren(...rows);
    for (const key of this.items.keys()) if (!(key in parts.items)) this.items.delete(key);
    if (focus instanceof HTMLElement && this.root.contains(focus)) focus.focus({ preventScroll: true });
  }

  /** Rows that can be folded away, and stay so when other ones stand in them. */
  fold({ fold: name, aside = false }, rows) {
    if (!this.folds.has(name)) {
      this.folds.set(name, { node: element("details", { class: "adamviz-fold", open: "" }), aside, open: true });
    }
    const { node } = this.folds.get(name);
    node.replaceChildren(element("summary", {}, name), ...rows);
    return node;
  }

  /** In a lecture what is rarely moved is folded away: whoever needs it opens it. */
  foldAside() {
    for (const fold of this.folds.values()) {
      if (!fold.aside) continue;
      if (this.presented) fold.open = fold.node.open;
      fold.node.open = !this.presented && fold.open;
    }
  }

  node(key, spec) {
    const text = JSON.stringify(spec), known = this.items.get(key);
    if (known && known.text === text) return known.node;
    const made = { ...this[`_${spec.kind}`](key, spec), text };
    made.node.classList.add("adamviz-item");
    if (spec.aside) made.node.classList.add("adamviz-aside");
    if (spec.width) made.node.style.width = `${spec.width}px`;
    if (spec.width > LONG) made.node.style.minWidth = `min(100%, ${LONG}px)`;
    if (spec.tip) made.node.title = spec.tip;
    made.asks = ["slider", "menu", "tick", "toggle", "method"].includes(spec.kind) &&
      spec.ahead !== false && !spec.alone;
    if (made.asks) {
      for (const type of ["pointerenter", "focusin", "pointerdown"]) {
        this.on(made.node, type, () => this.stage.near(key));
      }
      for (const type of ["pointerleave", "focusout"]) {
        this.on(made.node, type, () => {
          this.stage.wish = type === "pointerleave" ? this.chosen() : "";
        });
      }
    }
    this.items.set(key, made);
    return made.node;
  }

  idle(key) { return (this.stage.now.idle || []).includes(key); }

  _slider(key, spec) {
    const input = element("input", { type: "range", min: 0, step: 1, "aria-label": spec.label });
    const out = element("output", { "aria-hidden": "true" }); // the slider itself says it
    const said = (value) => (spec.texts ? spec.texts[value] : String(value));
    this.on(input, "input", () => this.stage.move({ [key]: Number(input.value) }));
    const node = element("label", { class: "adamviz-slider" },
      element("span", {}, spec.short || spec.label), input, out);
    return { node, follow: (value) => {
      const last = spec.texts ? spec.texts.length - 1 : this.stage.now.steps;
      if (Number(input.max) !== last) input.max = String(last);
      if (Number(input.value) !== Math.round(value)) input.value = String(Math.round(value));
      const text = Number.isInteger(value) ? said(value) : (this.stage.now.texts || {})[key];
      if (out.textContent !== text) { out.textContent = text; input.setAttribute("aria-valuetext", text); }
      input.disabled = this.idle(key);
    } };
  }

  _menu(key, spec) {
    const select = element("select", {});
    spec.texts.forEach((text, i) => select.append(element("option", { value: i }, text)));
    this.on(select, "change", () => this.stage.move({ [key]: Number(select.value) }));
    const node = element("label", { class: "adamviz-menu" }, element("span", {}, spec.label), select);
    return { node, follow: (value) => {
      if (select.value !== String(value)) select.value = String(value);
      select.disabled = this.idle(key);
    } };
  }

  _tick(key, spec) {
    const input = element("input", { type: "checkbox" });
    this.on(input, "change", () => this.stage.move({ [key]: Number(input.checked) }));
    const node = element("label", { class: "adamviz-tick" }, input, element("span", {}, spec.label));
    if (spec.term) {
      node.classList.add("adamviz-switch");
      node.append(element("span", { class: "adamviz-term", "aria-hidden": "true" }, spec.term));
    }
    return { node, follow: (value) => {
      input.checked = !!value;
      input.disabled = this.idle(key);
      node.classList.toggle("adamviz-lit", !!value);
    } };
  }

  /** Words between controls. */
  _words(key, spec) {
    return { node: element("span", { class: "adamviz-between" }, spec.label), follow: () => {} };
  }

  _toggle(key, spec) {
    const node = element("button", { type: "button" }, spec.label);
    this.on(node, "click", () => this.stage.move({ [key]: this.stage.state[key] ? 0 : 1 }));
    return { node, follow: (value) => node.setAttribute("aria-pressed", value ? "true" : "false") };
  }

  /** A method: how it is drawn, its name that shows or hides it, and what is drawn of it alone. */
  _method(key, spec) {
    const { stage } = this, { color, dashes, mark } = spec.look, index = spec.index;
    const name = element(spec.alone ? "span" : "button", { class: "adamviz-name" });
    name.innerHTML = `<svg width="36" height="12" viewBox="-18 -6 36 12" aria-hidden="true">
      <path d="M-18,0H18" stroke="${color}" stroke-width="2" stroke-dasharray="${dashes}"/>
      <path d="${mark}" fill="${color}"/></svg>`;
    name.append(spec.label);
    const node = element("span", { class: "adamviz-method" }, name);
    if (spec.alone) return { node, follow: () => {} };
    name.type = "button";
    this.on(name, "click", () => stage.move({ [key]: stage.state[key] ? 0 : 1 }));
    const more = element("button", { type: "button", class: "adamviz-details" }, spec.details);
    more.title = `${spec.details} of ${spec.label}`;
    more.setAttribute("aria-label", more.title);
    this.on(more, "click", () => stage.move({ focus: index }));
    for (const type of ["pointerenter", "focusin"]) {
      this.on(more, type, (event) => { event.stopPropagation(); stage.near("focus"); });
    }
    if (spec.details) node.append(more);
    return { node, follow: (shown) => {
      name.setAttribute("aria-pressed", shown ? "true" : "false");
      more.setAttribute("aria-pressed", shown && stage.state.focus === index ? "true" : "false");
      more.disabled = !shown;
    } };
  }

  /** What the words say of a method. */
  _said(key, spec) {
    const node = element("span", { class: "adamviz-arrival", role: "status" });
    return { node, follow: () => {
      const said = this.said.get(spec.method) || "";
      if (node.textContent !== said) node.textContent = said;
    } };
  }

  _button(key, spec) {
    const node = element("button", { type: "button" }, spec.label);
    this.on(node, "click", () => {
      const { playing } = this.stage;
      this.stage.play(false);
      if (!playing || !spec.stops) this.stage.press(key);
    });
    return { node, follow: () => {
      if (spec.stops) node.textContent = this.stage.playing ? "stop" : spec.label;
    } };
  }

  _play(key, spec) {
    const button = element("button", { type: "button", class: "adamviz-play" });
    const speed = element("select", { "aria-label": "speed", title: "speed" });
    for (const times of SPEEDS) speed.append(element("option", { value: times }, `${times}×`));
    this.on(button, "click", () => this.stage.play(!this.stage.playing));
    this.on(speed, "change", () => this.stage.hurry(Number(speed.value)));
    return { node: element("span", {}, button, " ", speed), follow: () => {
      const on = this.stage.playing;
      button.textContent = on ? "❚❚" : "▶";
      button.setAttribute("aria-label", on ? "stop" : spec.label);
      button.title = on ? "stop" : spec.label;
      if (speed.value !== String(this.stage.speed)) speed.value = String(this.stage.speed);
    } };
  }

  /** The whole screen, where the page may have it. */
  _full(key, spec) {
    const node = element("button", { type: "button", class: "adamviz-full" });
    node.hidden = !document.fullscreenEnabled;
    this.on(node, "click", () => this.fill());
    return { node, follow: () => { node.textContent = this.filled ? "leave full screen" : spec.label; } };
  }

  _start(key, spec) {
    const typed = new Set(), boxes = spec.labels.map((label, i) => {
      const input = element("input", { type: "number", step: 0.05, "aria-label": label });
      this.on(input, "input", () => typed.add(input));
      // What was typed and is no number is kept, and said by the browser itself.
      const enter = () => {
        if (!typed.has(input) || input.value === "" || input.validity.badInput) return;
        typed.delete(input);
        const at = [null, null];
        at[i] = Number(input.value);
        this.stage.move({ start: at });
      };
      this.on(input, "change", enter);
      this.on(input, "blur", () => typed.delete(input));
      return input;
    });
    const labels = boxes.map((box, i) => element("label", {}, element("span", {}, spec.labels[i]), box));
    return { node: element("span", { class: "adamviz-start" }, ...labels), follow: () => {
      const at = this.stage.now.start;
      if (!at || typeof this.stage.state.start !== "string") return;
      boxes.forEach((box, i) => {
        const own = box === focused() && !this.stage.held;
        // What is being typed stays until it is entered, and then until Python has answered.
        if (own && (typed.has(box) || this.stage.sent > this.stage.heard || this.stage.error)) return;
        if (Number(box.value) !== at[i] || box.value === "") box.value = String(at[i]);
      });
    } };
  }

  _html(key) {
    const node = element("div", { class: "adamviz-html" });
    return { node, follow: () => {
      const text = (this.stage.now.extra || {})[key] || "";
      if (node.dataset.said !== text) { node.innerHTML = text; node.dataset.said = text; }
    } };
  }

  _text(key, spec) {
    const area = element("textarea", { rows: 2, readonly: "" });
    const node = element("label", { class: "adamviz-text" }, element("span", {}, spec.label), area);
    return { node, follow: () => { area.value = (this.stage.now.extra || {})[key] || ""; } };
  }

  _bar(key, spec) {
    const node = element("progress", { max: 1, "aria-label": spec.label });
    return { node, follow: () => {
      const part = (this.stage.now.extra || {})[key];
      node.hidden = spec.shy && (part === undefined || part >= 1);
      node.value = part === undefined ? 0 : part;
    } };
  }
}

// --- the widget ------------------------------------------------------------------------------------

const stages = new Map(); // by the figure's own name: all its views in the page share one

function staged(model, signal) {
  const name = model.get("name");
  let stage = stages.get(name);
  if (!stage) {
    stage = new Stage(model);
    stages.set(name, stage);
    const take = () => stage.take(), hear = (message, buffers) => stage.hear(message, buffers);
    const rebuild = () => stage.changed();
    model.on("change:now", take);
    model.on("change:parts", rebuild);
    model.on("msg:custom", hear);
    signal.addEventListener("abort", () => {
      model.off("change:now", take);
      model.off("change:parts", rebuild);
      model.off("msg:custom", hear);
      clearInterval(stage.timer);
      stages.delete(name);
    });
  }
  return stage;
}

export default {
  initialize({ model, signal }) { staged(model, signal); },
  render({ model, el, signal }) { new View(staged(model, signal), el, signal); },
};
