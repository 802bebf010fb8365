// A figure in a page without a kernel: it answers a `Stage` from what the page holds.
//
// This file comes last, after stage.js and unpack.js, in one module. First comes `Held`, a model as a
// Stage wants it. Then `begin` puts a figure into its place in the page.

// --- a model without a kernel ----------------------------------------------------------------------

const APART = new Set(["step", "present", "narrow"]); // not part of what a frame is found by
const STEPS_TOLD = 64; // whose words and tiles are told at once

/** A model for a `Stage`: what a hand moves is answered from a pack. */
class Held {
  constructor(pack) {
    const { now, items } = pack.index;
    this.pack = pack;
    this.first = now;
    this.listeners = new Map();
    this.values = new Map([["name", ""], ["parts", { rows: now.rows, items }], ["now", now]]);
    this.lists = new Recent(OPEN);
    this.places = new Map(); // by text of what differs from the first: [shelf, number]
    this.differs = {}; // where the controls stand, as far as it is not where the first stands
    this.step = now.state.step;
    this.narrow = now.state.narrow; // whether the page has no room for panels side by side
    this.near = false; // whether the start is the nearest one, and not where the hand is
    this.from = null; // the shelf of the frame that is shown
    this.turn = 0;
    this.say = () => {}; // called with what is to be said of the last move
  }

  async start() {
    const { pack } = this, { first, walk, shelves } = pack.index;
    for (const shelf of shelves) {
      for (const [i, differs] of shelf.differ.entries()) {
        this.places.set(this.text(differs), [shelf, i]);
        await breath();
      }
    }
    await pack.open([first]);
    this.home = { ...pack.json(first), walk };
    await this.prepare(this.home);
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
    this.narrow = narrow;
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
    if (!this.pack.has(shelf.frames[i])) return null;
    const walk = (shelf.walks || [])[i];
    return { ...this.pack.json(shelf.frames[i]), ...(typeof walk === "number" ? { walk } : {}) };
  }

  /** For each tile of a frame on a narrow page: the number of its still, and where places are moved. */
  small(frame) { return frame.stills.map((n) => this.pack.known(this.pack.index.small[n])); }

  stills(frame) { return this.narrow ? this.small(frame).map(([still]) => still) : frame.stills; }

  there(frame, moving = frame.moving) {
    if (frame.error) return true;
    const { pack } = this, known = (n) => pack.has(pack.index.small[n]);
    if (this.narrow && !frame.stills.every(known)) return false;
    return pack.hasLists([...this.stills(frame), ...moving]);
  }

  /** Unpack what a frame is made of. */
  async open(frame, moving = frame.moving) {
    const { pack } = this;
    do { // while this waits, something else may be let go
      if (this.narrow) await pack.open(frame.stills.map((n) => pack.index.small[n]));
      await pack.openLists([...this.stills(frame), ...moving]);
    } while (!this.there(frame, moving));
  }

  /** Unpack it, and put its lists together, in turns: then it can be shown at once. */
  async prepare(frame) {
    await this.open(frame);
    const numbers = [...this.stills(frame).map((n) => [n]), ...frame.moving.map((n, i) => [n, frame, i])];
    for (const [n, ...where] of numbers) {
      await breath();
      if (this.pack.hasLists([n])) this.list(n, ...where);
    }
    if (!this.there(frame)) await this.open(frame); // while others had their turn it was let go
  }

  async fetch([shelf, i]) {
    await this.pack.open([shelf.frames[i]]);
    const frame = this.frame([shelf, i]);
    if (!frame.error) await this.prepare(frame);
    return frame;
  }

  /** A hand holds the start, or another handle: what is nearest on a grid. */
  grab({ tile, x, y, heard, ends }) {
    const { index } = this.pack, grid = index.grabs[this.narrow ? "narrow" : "wide"][tile];
    if (!grid) return this.refuse(heard);
    const [left, top, width, height] = this.values.get("laid").tiles[tile].grab, [columns, rows] = grid.size;
    const cell = (at, from, size, count) => Math.min(Math.max(Math.floor((at - from) / size * count), 0), count - 1);
    const moved = grid.moves[grid.cells[cell(y, top, height, rows) * columns + cell(x, left, width, columns)]];
    this.go({ ...this.differs, ...moved }, heard, { near: "start" in moved });
  }

  /** A start that was typed. */
  typed(differs, start, heard, where) {
    const { starts = [] } = this.pack.index, now = this.values.get("now").start;
    const [x, y] = start.map((v, i) => (v === null ? now[i] : v));
    const [width, height] = [0, 1].map((i) => Math.max(1e-9, ...starts.map(([at]) => Math.abs(at[i]))));
    const far = ([[a, b]]) => Math.hypot((a - x) / width, (b - y) / height);
    const known = starts.length ? starts : [[this.first.start, this.first.state.start]];
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
    const now = { ...this.first, ...frame.now }, { pack } = this, { index } = pack;
    const { step: at = this.first.state.step } = frame.now.state || {};
    now.state = { ...this.first.state, ...(frame.now.state || {}), step: this.step, narrow: this.narrow };
    const walk = frame.walk !== undefined && pack.has(frame.walk) ? pack.known(frame.walk) : null;
    let { moving } = frame, error = "";
    const { tiles = index.tiles, narrow = index.narrow } = frame;
    if (this.step !== at) {
      if (walk) moving = moving.map((n, i) => (walk.tiles[i] ? walk.tiles[i][this.step] : n));
      now.words = walk ? walk.words[this.step] : NUMBERS;
      if (frame.walk !== undefined && !walk) return this.wait(pack.open([frame.walk]), frame, heard);
      if (this.step > frame.last) error = `The walk is held up to step ${frame.last}; more needs Python.`;
      else if (!walk && tiles.some((tile) => tile.stepwise)) error = DRAWN;
    }
    if (!this.there(frame, moving)) return this.wait(this.open(frame, moving), frame, heard);
    const stills = this.stills(frame), laid = this.narrow ? narrow : tiles;
    stills.forEach((n, i) => this.values.set(`still${i}`, this.list(n)));
    this.values.set("laid", { font: index.font, tiles: laid.map((tile, i) => ({ ...tile, name: String(stills[i]) })) });
    this.values.set("moving", moving.map((n, i) => this.list(n, frame, i)));
    this.values.set("parts", { rows: now.rows, items: index.items });
    this.tell({ ...now, error, heard });
    this.say(this.near && !error ? `Nearest start held here: (${now.start.join(", ")}).` : "");
  }

  /** Show a frame when something is unpacked, if nothing has moved by then. */
  wait(coming, frame, heard) {
    const { turn } = this;
    coming.then(() => { if (turn === this.turn) this.show(frame, heard); }, () => this.refuse(heard, DAMAGED));
  }

  /** A list: what moves in a tile of a frame as it is on a narrow page, if the page is one. */
  list(number, frame = null, tile = 0) {
    const size = (list) => list.byteLength;
    if (!frame || !this.narrow) return this.lists.get(number, () => this.pack.list(number), size);
    const make = () => placed(this.pack.list(number), this.small(frame)[tile][1]);
    return this.lists.get(`${number} on ${frame.stills[tile]}`, make, size);
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

  /** The stops of a control that are held from where the others stand: places by stop. */
  around(key) {
    const { shelves, items } = this.pack.index, shelf = shelves.find((s) => s.key === key);
    const { texts = ["", ""] } = items[key] || {}; // a tick has two stops
    const stops = shelf ? [...shelf.stops, this.first.state[key]] : [...texts.keys()];
    const place = (stop) => this.places.get(this.text(this.after(this.differs, key, stop)));
    return new Map(stops.map((stop) => [stop, place(stop)]).filter(([, found]) => found));
  }

  /** Unpack what the stops of a control would show, those nearest to where it stands by then first. */
  async approach(key) {
    const room = this.pack.inflated + OPEN / 2, left = this.around(key);
    this.approached = left;
    while (left.size && this.approached === left) {
      if (this.pack.inflated > room) return; // more would drive the first ones out
      const far = (stop) => Math.abs(stop - this.values.get("now").state[key]);
      const next = [...left.keys()].reduce((best, stop) => (far(stop) < far(best) ? stop : best));
      await this.fetch(left.get(next));
      left.delete(next);
      await breath();
    }
  }

  /** A hand comes near a control: unpack what its stops would show. */
  async ahead({ key, base, begins }) {
    if (key !== "step") return begins ? this.approach(key) : undefined;
    const place = this.places.get(this.text(this.differs));
    const from = begins ? 0 : this.told;
    this.told = from + STEPS_TOLD; // the next are asked for before these are there
    const frame = place ? await this.fetch(place) : this.text(this.differs) ? null : this.home;
    if (!frame || frame.walk === undefined) return;
    await this.pack.open([frame.walk]);
    const walk = this.pack.known(frame.walk), drawn = Object.entries(walk.tiles);
    const end = Math.min(from + STEPS_TOLD, walk.words.length);
    await this.pack.openLists(drawn.flatMap(([, numbers]) => numbers.slice(from, end)));
    const buffers = [], frames = [];
    for (let step = from; step < end; step++) {
      await breath();
      const own = drawn.map(([, numbers]) => numbers[step]);
      if (!this.pack.hasLists(own)) await this.pack.openLists(own); // others had their turn
      const tiles = drawn.map(([i], k) => [i, -1, buffers.push(this.list(own[k], frame, i)) - 1]);
      frames.push([step, { words: walk.words[step], tiles }]);
    }
    this.call("msg:custom", { kind: "ahead", key, base, frames, done: end === walk.words.length }, buffers);
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
  try {
    const held = new Held(await Pack.of(host.querySelector("script[type]").textContent.trim()));
    held.narrow = Number(host.clientWidth > 0 && host.clientWidth < NARROW);
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
    await pause();
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

/** One figure after the other, those that are seen first. */
async function beginAll() {
  const far = (host) => Math.abs(host.getBoundingClientRect().top - window.innerHeight / 2);
  const hosts = [...document.querySelectorAll('[data-adamviz="still"]')].map((host) => [far(host), host]);
  for (const [, host] of hosts) host.setAttribute("data-adamviz", "comes");
  for (const [, host] of hosts.sort(([a], [b]) => a - b)) await begin(host);
}

beginAll();
