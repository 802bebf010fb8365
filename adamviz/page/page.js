// A figure in a page without a kernel: it answers a `Stage` from what the page holds.
//
// This file comes after stage.js, in one module. `Pack` unpacks what page/pack.py packed, `Held` is a
// model as a Stage wants it, `begin` puts a figure into its place in the page.

// --- unpacking -------------------------------------------------------------------------------------

/** Inflate (RFC 1951) by the browser's own means. @returns {Promise<Uint8Array>} */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const OPEN = 4e6; // bytes of blocks that are kept unpacked

/** What page/pack.py packed: things by number, unpacked when they are asked for. */
class Pack {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.head = 4 + view.getUint32(0, true);
    this.bytes = bytes;
    this.blocks = new Map(); // by number: unpacked
    this.coming = new Map(); // by number: a promise of it
  }

  static async of(text) {
    const chars = atob(text), bytes = new Uint8Array(chars.length);
    for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
    const pack = new Pack(bytes);
    pack.index = JSON.parse(decoded(await inflate(bytes.subarray(4, pack.head))));
    return pack;
  }

  /** The bytes of a thing, or null if it must be opened first. @returns {Uint8Array|null} */
  bytesOf(number) {
    const [block, start, length] = this.index.things[number], open = this.blocks.get(block);
    if (!open) return null;
    this.blocks.delete(block); // the last ones used come last
    this.blocks.set(block, open);
    return open.subarray(start, start + length);
  }

  json(number) {
    const bytes = this.bytesOf(number);
    return bytes && JSON.parse(decoded(bytes));
  }

  /** Unpack what these things lie in. */
  async open(numbers) {
    for (const block of new Set(numbers.map((n) => this.index.things[n][0]))) {
      if (this.blocks.has(block)) continue;
      const [start, length] = this.index.blocks[block], from = this.head + start;
      if (!this.coming.has(block)) this.coming.set(block, inflate(this.bytes.subarray(from, from + length)));
      this.blocks.set(block, await this.coming.get(block));
      this.coming.delete(block);
    }
    let size = 0;
    for (const [block, bytes] of [...this.blocks].reverse()) {
      size += bytes.length;
      if (size > OPEN && block !== 0) this.blocks.delete(block);
    }
  }
}

function decoded(bytes) { return new TextDecoder().decode(bytes); }

// --- a model without a kernel ----------------------------------------------------------------------

const APART = new Set(["step", "present"]); // not part of what a frame is found by

/** A model for a `Stage`: what a hand moves is answered from a pack. */
class Held {
  constructor(pack) {
    this.pack = pack;
    const { now, items, shelves } = pack.index;
    this.first = now;
    this.items = items;
    this.shelves = new Map(); // by key: its shelf
    this.places = new Map(); // by text of what differs from the first: [shelf, number]
    for (const shelf of shelves) {
      if (shelf.key) this.shelves.set(shelf.key, shelf);
      shelf.differ.forEach((differs, i) => this.places.set(this.text(differs), [shelf, i]));
    }
    this.listeners = new Map();
    this.values = new Map();
    this.differs = {}; // where the controls stand, as far as it is not where the first stands
    this.step = now.state.step;
    this.turn = 0;
    this.values.set("name", "");
    this.values.set("parts", { rows: now.rows, items });
  }

  async start() {
    const { pack } = this, { first } = pack.index;
    await pack.open([first]);
    this.home = pack.json(first);
    await pack.open([...this.home.stills, ...this.home.moving]);
    this.show(this.home, null);
  }

  // --- what a Stage asks of a model

  get(name) { return this.values.get(name); }
  on(type, call) { this.listeners.set(type, [...(this.listeners.get(type) || []), call]); }
  off(type, call) { this.listeners.set(type, (this.listeners.get(type) || []).filter((c) => c !== call)); }
  call(type, ...said) { for (const call of this.listeners.get(type) || []) call(...said); }

  send(message) {
    const { kind, key, heard } = message;
    if (kind === "ahead") return this.ahead(message);
    if (kind === "press" && key === "@reset") return this.go({}, this.first.state.step, heard);
    if (kind === "move") {
      const { step, ...moved } = message.changes;
      return this.go(this.after(moved), step === undefined ? this.step : step, heard);
    }
    if (kind === "grab") this.refuse(heard);
  }

  // --- where the controls stand

  text(differs) {
    return Object.keys(this.first.state)
      .map((k) => (k in differs && !APART.has(k) && differs[k] !== this.first.state[k] ? `${k}=${differs[k]};` : ""))
      .join("");
  }

  /** What differs from the first when these have moved. */
  after(moved) {
    const differs = { ...this.differs, ...moved };
    if (this.places.has(this.text(differs)) || this.text(this.differs)) return differs;
    // From the first, other knobs may move along.
    const [key] = Object.keys(moved), shelf = this.shelves.get(key);
    const at = shelf ? shelf.stops.indexOf(moved[key]) : -1;
    return at < 0 ? differs : shelf.differ[at];
  }

  /** Go to where the controls stand so, if the page holds that. */
  go(differs, step, heard) {
    const text = this.text(differs), turn = ++this.turn;
    this.differs = differs;
    if (!text) return this.arrive(this.home, step, heard);
    const place = this.places.get(text);
    if (!place) { this.step = step; return this.refuse(heard); }
    const frame = this.frame(place);
    if (frame && this.there(frame)) return this.arrive(frame, step, heard);
    this.fetch(place).then((found) => { if (turn === this.turn) this.arrive(found, step, heard); });
  }

  frame([shelf, i]) {
    if (!shelf.open) shelf.open = this.pack.json(shelf.frames);
    return shelf.open && shelf.open[i];
  }

  there(frame) {
    return frame.error || [...frame.stills, ...frame.moving].every((n) => this.pack.bytesOf(n));
  }

  async fetch(place) {
    await this.pack.open([place[0].frames]);
    const frame = this.frame(place);
    if (!frame.error) await this.pack.open([...frame.stills, ...frame.moving]);
    return frame;
  }

  /** A frame that is there. */
  arrive(frame, step, heard) {
    if (frame.error) return this.tell({ ...this.values.get("now"), error: frame.error, heard });
    const steps = frame.now.steps || this.first.steps, last = this.values.get("now").steps;
    this.step = step === last ? steps : Math.min(step, steps); // as Experiment.with_ has it
    this.show(frame, heard);
  }

  show(frame, heard) {
    const now = { ...this.first, ...frame.now };
    now.state = { ...this.first.state, ...(frame.now.state || {}), step: this.step };
    const at = (frame.now.state || {}).step;
    if (this.step !== (at === undefined ? this.first.state.step : at)) now.words = this.said(frame);
    frame.stills.forEach((n, i) => this.values.set(`still${i}`, this.view(n)));
    this.values.set("moving", frame.moving.map((n) => this.view(n)));
    this.values.set("parts", { rows: now.rows, items: this.items });
    this.tell({ ...now, error: "", heard });
  }

  /** The words at the present step. */
  said(frame) {
    const walk = frame === this.home && this.walk;
    return walk ? walk.words[this.step] : "The numbers at this step need Python.";
  }

  view(number) {
    const bytes = this.pack.bytesOf(number);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  tell(now) {
    this.values.set("now", now);
    this.call("change:now");
  }

  refuse(heard) {
    const error = "This combination needs Python. The picture is the last one that is held here.";
    this.tell({ ...this.values.get("now"), error, heard });
  }

  /** A hand comes near a control. */
  async ahead({ key, base }) {
    if (key === "step") {
      if (this.text(this.differs)) return;
      await this.pack.open([this.pack.index.walk]);
      this.walk ||= this.pack.json(this.pack.index.walk);
      const frames = this.walk.words.map((words, step) => [step, { words, tiles: [] }]);
      return this.call("msg:custom", { kind: "ahead", key, base, frames, done: true }, []);
    }
    const shelf = this.shelves.get(key);
    if (!shelf) return;
    await this.pack.open([shelf.frames]);
    for (let i = 0; i < shelf.stops.length; i++) await this.fetch([shelf, i]);
  }
}

// --- in the page -----------------------------------------------------------------------------------

/** Put a figure into its place, over the still. */
async function begin(host) {
  host.dataset.adamviz = "comes";
  try {
    const held = new Held(await Pack.of(host.querySelector("script").textContent.trim()));
    await held.start();
    const shadow = host.attachShadow({ mode: "open" });
    const style = document.createElement("style"), root = document.createElement("div");
    style.textContent = STYLES;
    const print = document.createElement("div");
    print.className = "adamviz-print";
    print.append(...[...host.querySelectorAll("img, pre")].map((node) => node.cloneNode(true)));
    shadow.append(style, root, print);
    const stage = new Stage(held), never = new AbortController().signal;
    held.on("change:now", () => stage.take());
    held.on("msg:custom", (message, buffers) => stage.hear(message, buffers));
    new View(stage, root, never);
    host.dataset.adamviz = "moves";
  } catch (error) {
    host.dataset.adamviz = "failed";
    host.querySelector("[data-why]").hidden = false;
    console.warn("adamviz: a figure stays still.", error);
  }
}

for (const host of document.querySelectorAll("[data-adamviz=still]")) begin(host);
