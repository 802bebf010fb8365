// A figure in a page without a kernel: it answers a `Stage` from what the page holds.
//
// This file comes after stage.js, in one module. First comes unpacking (the form: page/pack.py). Then
// `Held`, a model as a Stage wants it. Last `begin` puts a figure into its place in the page.

// --- unpacking -------------------------------------------------------------------------------------

/** Let the page do what waits, so that nothing here holds it up for long. */
const pause = () => new Promise((done) => { setTimeout(done); });

/** Inflate (RFC 1951), by the browser's own means where it has them. */
async function inflate(bytes) {
  if (typeof DecompressionStream === "undefined") return pause().then(() => inflated(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Of codes with these lengths: how many of each length there are, and the symbols in order. */
function huffman(lengths) {
  const counts = new Uint16Array(16), at = new Uint16Array(16), symbols = new Uint16Array(lengths.length);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  for (let n = 1; n < 16; n++) at[n] = at[n - 1] + counts[n - 1];
  lengths.forEach((length, symbol) => { if (length) symbols[at[length]++] = symbol; });
  return { counts, symbols };
}

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const EXTRA = (n) => (n < 8 || n === 28 ? 0 : (n >> 2) - 1); // bits that follow a length
const LENGTHS = [], DISTANCES = []; // the least of each symbol
for (let n = 0, least = 3; n < 28; n++) { LENGTHS.push(least); least += 1 << EXTRA(n); }
LENGTHS.push(258);
for (let n = 0, least = 1; n < 30; n++) { DISTANCES.push(least); least += 1 << (n < 4 ? 0 : (n >> 1) - 1); }
const FIXED = [
  huffman(Array.from({ length: 288 }, (_, s) => (s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8))),
  huffman(new Array(30).fill(5)),
];

/** Inflate (RFC 1951) without help. @param {Uint8Array} data @returns {Uint8Array} */
export function inflated(data) {
  let at = 0, held = 0, count = 0, out = new Uint8Array(4 * data.length + 64), end = 0;
  const bits = (n) => {
    while (count < n) {
      if (at >= data.length) throw new Error("what is packed ends too early");
      held |= data[at++] << count;
      count += 8;
    }
    const value = held & ((1 << n) - 1);
    held >>>= n;
    count -= n;
    return value;
  };
  const symbol = ({ counts, symbols }) => {
    let code = 0, first = 0, index = 0;
    for (let n = 1; n < 16; n++) {
      code |= bits(1);
      if (code - counts[n] < first) return symbols[index + code - first];
      index += counts[n];
      first = (first + counts[n]) << 1;
      code <<= 1;
    }
    throw new Error("what is packed is damaged");
  };
  const room = (n) => {
    if (end + n <= out.length) return;
    const larger = new Uint8Array(2 * (end + n));
    larger.set(out);
    out = larger;
  };
  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) { // as it is
      held = count = 0;
      const length = data[at] | data[at + 1] << 8;
      at += 4;
      if (at + length > data.length) throw new Error("what is packed ends too early");
      room(length);
      out.set(data.subarray(at, at + length), end);
      at += length;
      end += length;
      continue;
    }
    if (kind === 3) throw new Error("what is packed is damaged");
    const [literals, distances] = kind === 1 ? FIXED : tables(bits, symbol);
    for (;;) {
      const found = symbol(literals);
      if (found === 256) break;
      room(258);
      if (found < 256) { out[end++] = found; continue; }
      const length = LENGTHS[found - 257] + bits(EXTRA(found - 257)), far = symbol(distances);
      const distance = DISTANCES[far] + bits(far < 4 ? 0 : (far >> 1) - 1);
      if (distance > end) throw new Error("what is packed is damaged");
      for (let i = 0; i < length; i++, end++) out[end] = out[end - distance];
    }
  }
  return out.subarray(0, end);
}

/** The two codes that come before a block. */
function tables(bits, symbol) {
  const literals = bits(5) + 257, distances = bits(5) + 1, count = bits(4) + 4;
  const short = new Array(19).fill(0), lengths = [];
  for (let i = 0; i < count; i++) short[ORDER[i]] = bits(3);
  const code = huffman(short);
  while (lengths.length < literals + distances) {
    const found = symbol(code);
    if (found < 16) { lengths.push(found); continue; }
    const value = found === 16 ? lengths[lengths.length - 1] : 0;
    const times = found === 16 ? 3 + bits(2) : found === 17 ? 3 + bits(3) : 11 + bits(7);
    for (let i = 0; i < times; i++) lengths.push(value);
  }
  return [huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals))];
}

const text = (bytes) => new TextDecoder().decode(bytes);

/** The numbers of an array as bytes, and its unit. */
function values(thing) {
  const channels = thing[0] & 7, twice = thing[0] > 7, unit = thing[1], from = thing.subarray(2);
  if (unit === 255) return { bytes: from, count: from.length, unit: -1 };
  if (unit === 0) {
    const count = from.length / 4, bytes = new Uint8Array(from.length);
    for (let i = 0; i < from.length; i++) bytes[4 * (i % count) + Math.floor(i / count)] = from[i];
    return { bytes, count, unit };
  }
  let count = 0;
  for (const byte of from) if (byte < 128) count++;
  const out = new Int16Array(count), rows = count / channels;
  let at = 0;
  for (let c = 0; c < channels; c++) {
    let value = 0, slope = 0;
    for (let i = 0; i < rows; i++) {
      let number = 0, shift = 0, byte = 0;
      do { byte = from[at++]; number |= (byte & 127) << shift; shift += 7; } while (byte > 127);
      slope = (number >> 1 ^ -(number & 1)) + (twice ? slope : 0);
      value += slope;
      const place = i * channels + c;
      out[place] = channels === 4 && c > 1 ? value + out[place - 2] : value;
    }
  }
  return { bytes: new Uint8Array(out.buffer), count, unit };
}

/** What page/pack.py packed: things by number, unpacked when they are asked for. */
class Pack {
  static async of(base64) {
    const chars = atob(base64), bytes = new Uint8Array(chars.length);
    for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
    await pause();
    const pack = new Pack(), head = 4 + new DataView(bytes.buffer).getUint32(0, true);
    pack.index = JSON.parse(text(await inflate(bytes.subarray(4, head))));
    pack.blocks = []; // {packed, open}
    pack.things = new Map(); // by number: [block, start, length]
    const counts = [0, 0];
    let at = head;
    for (const [kind, size, lengths] of pack.index.blocks) {
      let start = 0;
      for (const length of lengths) {
        pack.things.set(2 * counts[kind]++ + kind, [pack.blocks.length, start, length]);
        start += length;
      }
      pack.blocks.push({ packed: bytes.subarray(at, at + size), open: null });
      at += size;
    }
    if (at > bytes.length) throw new Error("what is packed ends too early");
    return pack;
  }

  has(number) { return !!this.blocks[this.things.get(number)[0]].open; }

  bytes(number) {
    const [block, start, length] = this.things.get(number);
    return this.blocks[block].open.subarray(start, start + length);
  }

  json(number) { return JSON.parse(text(this.bytes(number))); }

  /** Unpack what these things lie in. */
  async open(numbers) {
    const blocks = new Set(numbers.map((n) => this.blocks[this.things.get(n)[0]]));
    for (const block of blocks) {
      if (!block.open) block.open = await (block.coming ||= inflate(block.packed));
    }
  }

  /** Unpack all that lists and stills are made of. */
  async openLists(numbers) {
    await this.open(numbers);
    await this.open(numbers.flatMap((n) => this.json(n).flat()));
  }

  hasLists(numbers) {
    return numbers.every((n) => this.has(n) && this.json(n).flat().every((part) => this.has(part)));
  }

  /** A list, or a still of two lists, as a Stage wants it. @returns {DataView} */
  list(number) {
    const parts = this.json(number);
    const lists = Array.isArray(parts[0]) ? parts.map((p) => this.together(p)) : [this.together(parts)];
    if (lists.length === 1) return new DataView(lists[0].buffer);
    const [under, over] = lists, whole = new Uint8Array(4 + under.length + over.length);
    new DataView(whole.buffer).setUint32(0, under.length, true);
    whole.set(under, 4);
    whole.set(over, 4 + under.length);
    return new DataView(whole.buffer);
  }

  together([head, ...numbers]) {
    const arrays = numbers.map((n) => values(this.bytes(n)));
    let start = 0;
    const table = arrays.map(({ bytes, count, unit }) => {
      const entry = [start, count, unit];
      start += bytes.length + (-bytes.length & 3);
      return entry;
    });
    const header = new TextEncoder().encode(`${text(this.bytes(head))},"arrays":${JSON.stringify(table)}}`);
    const length = header.length + (-header.length & 3), whole = new Uint8Array(4 + length + start).fill(32);
    new DataView(whole.buffer).setUint32(0, length, true);
    whole.set(header, 4);
    arrays.forEach(({ bytes }, i) => {
      const from = 4 + length + table[i][0];
      whole.set(bytes, from);
      whole.fill(0, from + bytes.length, from + bytes.length + (-bytes.length & 3));
    });
    return whole;
  }
}

// --- a model without a kernel ----------------------------------------------------------------------

const APART = new Set(["step", "present", "narrow"]); // not part of what a frame is found by

/** A model for a `Stage`: what a hand moves is answered from a pack. */
class Held {
  constructor(pack) {
    const { now, laid, items, shelves } = pack.index;
    this.pack = pack;
    this.first = now;
    this.listeners = new Map();
    this.values = new Map([["name", ""], ["parts", { rows: now.rows, items }], ["now", now], ["laid", laid]]);
    this.places = new Map(); // by text of what differs from the first: [shelf, number]
    for (const shelf of shelves) {
      shelf.differ.forEach((differs, i) => this.places.set(this.text(differs), [shelf, i]));
    }
    this.differs = {}; // where the controls stand, as far as it is not where the first stands
    this.step = now.state.step;
    this.narrow = now.state.narrow; // whether the page has no room for panels side by side
    this.near = false; // whether the start is the nearest one, and not where the hand is
    this.from = null; // the shelf of the frame that is shown
    this.turn = 0;
    this.say = () => {}; // called with what is to be said of the last move
  }

  async start() {
    const { pack } = this, { first, walk } = pack.index;
    await pack.open([first]);
    this.home = { ...pack.json(first), walk };
    await pack.openLists([...this.home.stills, ...this.home.moving]);
    for (const number of [...this.home.stills, ...this.home.moving]) { this.list(number); await pause(); }
    this.show(this.home, null);
  }

  // --- what a Stage asks of a model

  get(name) { return this.values.get(name); }
  on(type, call) { this.listeners.set(type, [...(this.listeners.get(type) || []), call]); }
  off(type, call) { this.listeners.set(type, (this.listeners.get(type) || []).filter((c) => c !== call)); }
  call(type, ...said) { for (const call of this.listeners.get(type) || []) call(...said); }

  send(message) {
    const { kind, key, heard, changes } = message;
    if (kind === "ahead") return this.ahead(message);
    if (kind === "press" && key === "@reset") return this.go({}, heard, { step: this.first.state.step });
    if (kind === "grab") return this.grab(message);
    if (kind !== "move") return;
    const { step, start, present, narrow = this.narrow, ...moved } = changes, where = {};
    const only = Object.keys(changes).every((k) => k === "narrow");
    let { differs } = this;
    this.narrow = narrow; // it is told, and no more: a page has one layout
    if (only) where.near = this.near;
    if (step !== undefined) where.step = step;
    for (const [knob, value] of Object.entries(moved)) differs = this.after(differs, knob, value);
    if (start) return this.typed(differs, start, heard, where);
    this.go(differs, heard, where);
  }

  // --- where the controls stand

  /** What differs from the first, as a text. */
  text(differs) {
    const { state } = this.first, keys = Object.keys(state);
    return keys.filter((k) => k in differs && !APART.has(k) && differs[k] !== state[k])
      .map((k) => `${k}=${differs[k]};`).join("");
  }

  /** What differs from the first when a knob has moved from where something else differs. */
  after(before, key, value) {
    const differs = { ...before, [key]: value }, plain = this.text(differs);
    if (!plain || this.places.has(plain)) return differs;
    // Others may move along: known from the first, and of a knob that leads from everywhere there.
    const shelf = this.pack.index.shelves.find((s) => s.key === key);
    if (!shelf || (this.text(before) && !shelf.free)) return differs;
    const at = shelf.stops.indexOf(value);
    if (at < 0 && this.first.state[key] !== value) return differs;
    for (const along of shelf.differ) for (const k of Object.keys(along)) delete differs[k];
    return { ...differs, ...(shelf.differ[at] || {}) };
  }

  /** Go to where the controls stand so, if the page holds that. */
  go(differs, heard, { step, near = false } = {}) {
    const text = this.text(differs), turn = ++this.turn;
    this.differs = differs;
    if (step !== undefined) this.step = step;
    this.near = near;
    if (!text) return this.arrive(this.home, null, heard, step);
    const place = this.places.get(text);
    if (!place) return this.refuse(heard);
    const frame = this.frame(place);
    if (frame && this.there(frame)) return this.arrive(frame, place[0], heard, step);
    this.fetch(place).then(
      (found) => { if (turn === this.turn) this.arrive(found, place[0], heard, step); },
      () => this.refuse(heard, DAMAGED),
    );
  }

  frame([shelf, i]) {
    if (!shelf.open && this.pack.has(shelf.frames)) {
      shelf.open = this.pack.json(shelf.frames);
      (shelf.walks || []).forEach((walk, k) => { if (walk !== null) shelf.open[k].walk = walk; });
    }
    return shelf.open && shelf.open[i];
  }

  there(frame) { return frame.error || this.pack.hasLists([...frame.stills, ...frame.moving]); }

  async fetch(place) {
    await this.pack.open([place[0].frames]);
    const frame = this.frame(place);
    if (!frame.error) await this.pack.openLists([...frame.stills, ...frame.moving]);
    return frame;
  }

  /** A hand holds the start, or another handle: what is nearest on a grid. */
  grab({ tile, x, y, heard, ends }) {
    const grid = (this.pack.index.grabs || {})[tile];
    if (!grid) return this.refuse(heard);
    const [left, top, width, height] = this.pack.index.laid.tiles[tile].grab, [columns, rows] = grid.size;
    const cell = (at, from, size, count) => Math.min(Math.max(Math.floor((at - from) / size * count), 0), count - 1);
    const moved = grid.moved[cell(y, top, height, rows) * columns + cell(x, left, width, columns)];
    this.go({ ...this.differs, ...moved }, heard, { near: "start" in moved });
  }

  /** A start that was typed. */
  typed(differs, start, heard, where) {
    const { starts = [] } = this.pack.index, now = this.values.get("now").start;
    const [x, y] = start.map((v, i) => (v === null ? now[i] : v));
    const [width, height] = [0, 1].map((i) => Math.max(1e-9, ...starts.map(([at]) => Math.abs(at[i]))));
    const far = ([[a, b]]) => Math.hypot((a - x) / width, (b - y) / height);
    const known = [[this.first.start, this.first.state.start], ...starts];
    const [at, name] = known.reduce((best, other) => (far(other) < far(best) ? other : best));
    const held = starts.length || (at[0] === x && at[1] === y);
    const near = held && (at[0] !== x || at[1] !== y);
    this.go({ ...differs, start: held ? name : `(${x}, ${y})` }, heard, { ...where, near });
  }

  /** A frame that is there; `moved` is the step if a hand moved that, too. */
  arrive(frame, shelf, heard, moved) {
    if (frame.error) return this.refuse(heard, frame.error);
    const { steps = this.first.steps, state = {} } = frame.now, last = this.values.get("now").steps;
    if (moved !== undefined) this.step = Math.min(moved, steps);
    else if (frame.begins && this.from !== shelf) this.step = state.step === undefined ? this.first.state.step : state.step;
    else this.step = this.step === last ? steps : Math.min(this.step, steps); // as Experiment.with_ has it
    this.from = shelf;
    this.show(frame, heard);
  }

  show(frame, heard) {
    const now = { ...this.first, ...frame.now }, { pack } = this, { laid = pack.index.laid } = frame;
    const { step: at = this.first.state.step } = frame.now.state || {};
    now.state = { ...this.first.state, ...(frame.now.state || {}), step: this.step, narrow: this.narrow };
    const walk = frame.walk !== undefined && pack.has(frame.walk) ? pack.json(frame.walk) : null;
    let { moving } = frame, error = "";
    if (this.step !== at) {
      if (walk) moving = moving.map((n, i) => (walk.tiles[i] ? walk.tiles[i][this.step] : n));
      now.words = walk ? walk.words[this.step] : NUMBERS;
      if (frame.walk !== undefined && !walk) return this.wait(pack.open([frame.walk]), frame, heard);
      if (this.step > frame.last) error = `The walk is held up to step ${frame.last}; more needs Python.`;
      else if (!walk && laid.tiles.some((tile) => tile.stepwise)) error = DRAWN;
    }
    if (!pack.hasLists(moving)) return this.wait(pack.openLists(moving), frame, heard);
    frame.stills.forEach((n, i) => this.values.set(`still${i}`, this.list(n)));
    this.values.set("laid", laid);
    this.values.set("moving", moving.map((n) => this.list(n)));
    this.values.set("parts", { rows: now.rows, items: this.pack.index.items });
    this.tell({ ...now, error, heard });
    this.say(this.near && !error ? `Nearest start held here: (${now.start.join(", ")}).` : "");
  }

  /** Show a frame when something is unpacked, if nothing has moved by then. */
  wait(coming, frame, heard) {
    const { turn } = this;
    coming.then(() => { if (turn === this.turn) this.show(frame, heard); }, () => this.refuse(heard, DAMAGED));
  }

  list(number) {
    const known = (this.lists ||= new Map()), list = known.get(number) || this.pack.list(number);
    known.delete(number); // the last ones used come last
    known.set(number, list);
    if (known.size > 48) known.delete(known.keys().next().value);
    return list;
  }

  tell(now) {
    this.values.set("now", now);
    // Not before the Stage has sent all it had to say: it may tell of one move ahead of another.
    queueMicrotask(() => this.call("change:now"));
  }

  refuse(heard, error = NEEDED) {
    this.say("");
    this.tell({ ...this.values.get("now"), error, heard });
  }

  /** A hand comes near a control: unpack what its stops would show. */
  async ahead({ key, base }) {
    const place = this.places.get(this.text(this.differs));
    if (key !== "step") {
      const shelf = this.pack.index.shelves.find((s) => s.key === key);
      if (shelf) for (let i = 0; i < shelf.stops.length; i++) await this.fetch([shelf, i]);
      return;
    }
    const frame = place ? await this.fetch(place) : this.text(this.differs) ? null : this.home;
    if (!frame || frame.walk === undefined) return;
    await this.pack.open([frame.walk]);
    const { words, tiles } = this.pack.json(frame.walk), drawn = Object.entries(tiles);
    await this.pack.openLists(drawn.flatMap(([, numbers]) => numbers));
    const buffers = [], frames = words.map((said, step) => [step, {
      words: said,
      tiles: drawn.map(([i, numbers]) => [i, -1, buffers.push(this.list(numbers[step])) - 1]),
    }]);
    this.call("msg:custom", { kind: "ahead", key, base, frames, done: true }, buffers);
  }
}

const NEEDED = "This combination is not held in this page: it needs Python. " +
  "The picture, dimmed, is the last one that is held here.";
const DAMAGED = "What this page holds of this is damaged. The picture, dimmed, is the last one.";
const README = "https://github.com/adamviz/adamviz#readme";
const NUMBERS = "The numbers at this step need Python.";
const DRAWN = "The picture at this step is not held in this page: it needs Python.";

// --- in the page -----------------------------------------------------------------------------------

/** Put a figure into its place, over the still. */
async function begin(host) {
  host.setAttribute("data-adamviz", "comes");
  try {
    const held = new Held(await Pack.of(host.querySelector("script[type]").textContent.trim()));
    await held.start();
    await pause();
    const inside = document.createElement("div"), root = document.createElement("div");
    const said = element("p", { class: "adamviz-said", role: "status" });
    inside.className = "adamviz-inside";
    inside.append(root, said, notes(held.pack.index));
    const still = element("div", { class: "adamviz-print" });
    still.append(...[...host.querySelectorAll("img, pre")].map((node) => node.cloneNode(true)));
    host.attachShadow({ mode: "open" }).append(element("style", {}, STYLES), inside, still);
    held.say = (words) => { if (said.textContent !== words) said.textContent = words; };
    await pause();
    const stage = new Stage(held);
    held.on("change:now", () => stage.take());
    held.on("msg:custom", (message, buffers) => stage.hear(message, buffers));
    new View(stage, root, new AbortController().signal);
    host.setAttribute("data-adamviz", "moves");
  } catch (error) {
    host.setAttribute("data-adamviz", "failed");
    host.querySelector("[data-why]").removeAttribute("style");
    console.warn("adamviz: a figure stays still.", error);
  }
}

/** What is held, and where all of it moves. */
function notes({ notes: lines, live }) {
  const line = element("p", { class: "adamviz-held" }, lines.join(" "), " ");
  const [words, href] = live ? ["Open it live.", live] : ["How to run it.", README];
  line.append(element("a", { href, target: "_blank", rel: "noopener" }, words));
  return line;
}

for (const host of document.querySelectorAll('[data-adamviz="still"]')) begin(host);
