// Unpacks what page/pack.py has packed; the form is described there.
//
// This file comes between stage.js and page.js, in one module.

const OPEN = 3e6; // bytes of blocks that stay unpacked, and of lists that stay put together

const TURN = 8; // ms after which the page does what waits

const { port1: here, port2: there } = new MessageChannel(), waiting = [];
let began = 0; // when the page last did so
here.onmessage = () => { began = performance.now(); waiting.shift()(); };

/** Let the page do what waits. A timeout would come 4 ms later, once they follow each other. */
const pause = () => new Promise((done) => { waiting.push(done); there.postMessage(0); });

/** The same where it has not been done for long, so that nothing here holds the page up. */
async function breath() { if (performance.now() - began > TURN) await pause(); }

const PIECE = 1 << 17; // characters that are decoded at a time

/** Bytes from base64. */
async function decoded(base64) {
  const out = new Uint8Array(3 * Math.ceil(base64.length / 4));
  let end = 0;
  for (let at = 0; at < base64.length; at += PIECE) {
    const chars = atob(base64.slice(at, at + PIECE));
    for (let i = 0; i < chars.length; i++) out[end++] = chars.charCodeAt(i);
    await breath();
  }
  return out.subarray(0, end);
}

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
      out[i * channels + c] = value;
    }
  }
  return { bytes: new Uint8Array(out.buffer), count, unit };
}

/** Things by key that were used last, as far as there is room for their bytes. */
class Recent {
  constructor(room) { this.room = room; this.known = new Map(); this.size = 0; }

  /** The one with a key, made if it is not there. `size` says how many bytes it has. */
  get(key, make, size) {
    const [thing] = this.known.get(key) || [make()];
    this.drop(key);
    this.known.set(key, [thing, size(thing)]); // the last ones used come last
    this.size += size(thing);
    for (const old of this.known.keys()) if (this.size > this.room && old !== key) this.drop(old);
    return thing;
  }

  drop(key) {
    this.size -= (this.known.get(key) || [null, 0])[1];
    this.known.delete(key);
  }
}

/** Things by number, unpacked when they are asked for. */
class Pack {
  static async of(base64) {
    const bytes = await decoded(base64);
    const pack = new Pack(), head = 4 + new DataView(bytes.buffer).getUint32(0, true);
    const index = await inflate(bytes.subarray(4, head));
    await breath();
    pack.index = JSON.parse(text(index));
    pack.blocks = []; // {packed, open}
    pack.recent = new Set(); // blocks that are open, the last ones used last
    pack.inflated = 0; // bytes so far
    pack.parsed = new Recent(OPEN);
    pack.things = new Map(); // by number: [block, start, length]
    const counts = [0, 0];
    let at = head;
    for (const [kind, size, lengths] of pack.index.blocks) {
      let start = 0;
      for (const length of lengths) {
        pack.things.set(2 * counts[kind]++ + kind, [pack.blocks.length, start, length]);
        start += length;
      }
      await breath();
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

  /** The same of what is large and asked for again and again: nobody may change it. */
  known(number) { return this.parsed.get(number, () => this.json(number), () => this.things.get(number)[2]); }

  /** Unpack what these things lie in, and let go what was not used for long. */
  async open(numbers) {
    const blocks = new Set(numbers.map((n) => this.blocks[this.things.get(n)[0]]));
    for (const block of blocks) {
      if (!block.open) {
        block.open = await (block.coming ||= inflate(block.packed));
        this.inflated += block.open.length;
      }
      this.recent.delete(block);
      this.recent.add(block);
    }
    let size = 0;
    for (const block of this.recent) size += block.open.length;
    for (const block of this.recent) {
      if (size <= OPEN) break;
      if (blocks.has(block)) continue;
      size -= block.open.length;
      block.open = block.coming = null;
      this.recent.delete(block);
    }
  }

  /** Unpack all that lists and stills are made of. */
  async openLists(numbers) {
    do { // another call may have let go what this one has just unpacked
      await this.open(numbers);
      await this.open([...numbers, ...numbers.flatMap((n) => this.known(n).flat())]);
    } while (!this.hasLists(numbers));
  }

  hasLists(numbers) {
    return numbers.every((n) => this.has(n) && this.known(n).flat().every((part) => this.has(part)));
  }

  /** A list, or a still of two lists, as a Stage wants it. @returns {DataView} */
  list(number) {
    const parts = this.known(number);
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

/** Where a text begins that is as long as it was, and as far from the side of a box on which it is. */
function beside(at, size, [from, room], [to, other]) {
  const share = (at + size / 2 - from) / room;
  if (share < 1 / 3) return to + at - from;
  return share > 2 / 3 ? to + other + at - from - room : to + share * other - size / 2;
}

/**
 * A list with its places where they are in axes of another size. What has a size of its own, such as
 * a mark or a letter, keeps it.
 * @param {DataView} data @param {number[][][]} moves as Camera.stills has them, in page/shots.py
 * @returns {DataView}
 */
export function placed(data, moves) {
  const list = decode(data), pieces = [], table = [];
  let start = 0;
  const add = (values, unit) => {
    table.push([start, values.length, unit]);
    pieces.push([start, values]);
    start += values.byteLength + (-values.byteLength & 3);
    return table.length - 1;
  };
  list.arrays.forEach((values, i) => add(values, list.units[i])); // outlines and codes keep their numbers
  const done = new Map();
  const moved = (i, move) => { // an array may be in two axes
    const key = `${i} ${moves.indexOf(move)}`, [, , [a, b, c, d]] = move;
    if (!done.has(key)) {
      const from = places(list, i);
      done.set(key, add(Float32Array.from(from, (v, k) => (k % 2 ? c * v + d : a * v + b)), 0));
    }
    return done.get(key);
  };
  const far = ([x, y, w, h], [px, py]) => Math.hypot(x + w / 2 - px, y + h / 2 - py);
  const styles = list.styles.map((style) => [...style]);
  const ops = list.ops.map((old) => {
    const op = [...old], clip = list.styles[op[1]][8];
    const at = op[0] === "text" ? [op[2], op[3]] : op[0] === "image" ? op[5].slice(4) : places(list, op[2]);
    const middle = clip && clip.length === 4 ? [clip[0] + clip[2] / 2, clip[1] + clip[3] / 2] : at;
    const move = moves.reduce((best, other) => (far(other[0], middle) < far(best[0], middle) ? other : best));
    const [box, narrow, [a, b, c, d]] = move;
    if (clip && clip.length === 4) styles[op[1]][8] = narrow;
    else if (clip) styles[op[1]][8] = [moved(clip[0], move), clip[1]];
    if (op[0] === "text") {
      const outline = places(list, op[6]), width = op[5] * Math.max(...outline.filter((v, k) => !(k % 2)));
      op[2] = beside(op[2], width, [box[0], box[2]], [narrow[0], narrow[2]]);
      op[3] = beside(op[3], 0, [box[1], box[3]], [narrow[1], narrow[3]]);
    } else if (op[0] === "image") {
      const [p, q, r, s, x, y] = op[5];
      op[5] = [a * p, c * q, a * r, c * s, a * x + b, c * y + d];
    } else {
      op[2] = moved(op[2], move);
      if (op[0] === "arrows") op[3] = moved(op[3], move);
    }
    return op;
  });
  const clips = styles.map((style) => style[8] || 0);
  const numbered = styles.map((style, i) => [...style.slice(0, 8), clips[i] ? i + 1 : 0]);
  const described = { ops, styles: numbered, clips, words: list.words, arrays: table };
  const header = new TextEncoder().encode(JSON.stringify(described));
  const length = header.length + (-header.length & 3), whole = new Uint8Array(4 + length + start).fill(32);
  new DataView(whole.buffer).setUint32(0, length, true);
  whole.set(header, 4);
  for (const [from, values] of pieces) {
    whole.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 4 + length + from);
  }
  return new DataView(whole.buffer);
}
