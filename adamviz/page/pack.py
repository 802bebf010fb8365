"""A `Pack` is what a page holds, as one piece of bytes: lists, and what JSON can say.

Each thing is held once, whatever refers to it, and is found by its number. Things lie in blocks, so
that a page unpacks only what a hand comes near:

    length of the index in bytes (uint32) | index | blocks

Index and blocks are deflated (RFC 1951, without a head). Texts and arrays, which have nothing in
common, lie in blocks apart: texts have even numbers, arrays odd ones. The index is JSON; its
"blocks" say of each block whether it has arrays (1) or texts (0), how long it is, and how long its
things are once it is inflated.

A list (drawing/recorder.py) is taken apart, for little changes from one frame to the next: its
thing is `[head, array, array, ...]` in JSON, the numbers of its header up to the table of arrays
and of its arrays. A still is two of these. An array is

    its number of channels (byte) | its unit, or 0 or 255 for −1 (byte) | values

where whole numbers stand channel by channel (all x, all y), each as the difference to the one
before, modulo 2¹⁶, with the sign in the last bit, seven bits to the byte and the lowest first.
Where 8 is added to the channels, they are differences of differences. Floats stand byte by byte:
all first bytes, all second ones. Bytes stand as they are.
"""

import hashlib
import json
import struct
import zlib

import numpy as np

__all__ = ["Pack", "Unpacked", "apart"]

BLOCK = 1 << 17  # bytes after which a block is closed: inflated in a few milliseconds
_TABLE = b',"arrays":'


class Pack:
    """Holds things, each once.

    Attributes
    ----------
    size : int
        Bytes of the blocks that are closed.
    """

    def __init__(self):
        self._known, self._blocks, self._pieces = {}, [], []
        self._count, self._open = [0, 0], ([], [])
        self.size = 0

    def _number(self, name, data, kind):
        if name not in self._known:
            self._known[name] = 2 * self._count[kind] + kind
            self._count[kind] += 1
            self._open[kind].append(data)
        return self._known[name]

    def json(self, value):
        """The number of what JSON can say."""
        number = self._number(*_thing(_json(value), 0))
        if any(sum(map(len, things)) >= BLOCK for things in self._open):
            self.close()
        return number

    def lists(self, parts):
        """The number of a list, or of a still of two of them, that `apart` has taken apart."""
        whole = [[self._number(*thing) for thing in things] for things in parts]
        return self.json(whole[0] if len(whole) == 1 else whole)

    def close(self):
        """Close the block: what comes next is not needed together with what came last."""
        for kind, things in enumerate(self._open):
            if things:
                packed = _deflated(b"".join(things))
                self._blocks.append([kind, len(packed), [len(data) for data in things]])
                self._pieces.append(packed)
                self.size += len(packed)
                things.clear()

    def mark(self):
        """Where it is now, for `back`."""
        self.close()
        return len(self._known), [*self._count], len(self._blocks), self.size

    def back(self, mark):
        """Forget what came after a mark."""
        things, count, blocks, self.size = mark
        self._count, self._open = [*count], ([], [])
        del self._blocks[blocks:], self._pieces[blocks:]
        while len(self._known) > things:
            self._known.popitem()

    def of(self, index):
        """How many bytes an index has, packed."""
        return len(_deflated(_json({**index, "blocks": self._blocks})))

    def packed(self, index):
        """All of it, with an index of which the rest is given as a dict."""
        self.close()
        head = _deflated(_json({**index, "blocks": self._blocks}))
        return b"".join([struct.pack("<I", len(head)), head, *self._pieces])


class Unpacked:
    """Reads what a `Pack` has packed.

    Attributes
    ----------
    index : dict
    """

    def __init__(self, data):
        (length,) = struct.unpack_from("<I", data)
        self.index, at = json.loads(_inflated(data[4 : 4 + length])), 4 + length
        self._things = {}
        count = [0, 0]
        for kind, packed, lengths in self.index["blocks"]:
            block, start = _inflated(data[at : at + packed]), 0
            at += packed
            for size in lengths:
                self._things[2 * count[kind] + kind] = block[start : start + size]
                count[kind] += 1
                start += size

    def json(self, number):
        return json.loads(self._things[number])

    def list(self, number):
        return self._together(self.json(number))

    def still(self, number):
        under, over = map(self._together, self.json(number))
        return struct.pack("<I", len(under)) + under + over

    def _together(self, numbers):
        head, *arrays = (self._things[n] for n in numbers)
        table, bodies, start = [], [], 0
        for thing in arrays:
            values, unit = _values(thing)
            data = values.tobytes()
            data += bytes(-len(data) % 4)
            table.append([start, values.size, unit])
            bodies.append(data)
            start += len(data)
        text = head + _TABLE + _json(table) + b"}"
        text += b" " * (-len(text) % 4)
        return b"".join([struct.pack("<I", len(text)), text, *bodies])


# --- a list in parts ----------------------------------------------------------------------------


def apart(data, still=False):
    """A list, or a still, as what a `Pack` holds: for each list its things, each with its name."""
    if not still:
        return [_things(data, (1, 2))]
    (length,) = struct.unpack_from("<I", data)
    return [_things(part, (1,)) for part in (data[4 : 4 + length], data[4 + length :])]


def _things(data, orders):
    head, table, arrays = _parts(data)
    parts = zip(table, arrays, strict=True)
    return [_thing(head, 0), *(_thing(_array(*part, orders), 1) for part in parts)]


def _thing(data, kind):
    return hashlib.blake2b(data, digest_size=16).digest(), data, kind


def _parts(data):
    """Of a list the head, the table of arrays, and the arrays."""
    (length,) = struct.unpack_from("<I", data)
    text = data[4 : 4 + length]
    head, _, table = text.rpartition(_TABLE)
    table = json.loads(table.rstrip()[:-1])
    kinds = [np.uint8 if unit < 0 else "<i2" if unit else "<f4" for _, _, unit in table]
    arrays = [
        np.frombuffer(data, kind, size, 4 + length + start)
        for kind, (start, size, _) in zip(kinds, table, strict=True)
    ]
    return head, table, arrays


def _array(entry, values, orders):
    unit = entry[2]
    if unit < 0:
        return b"\x01\xff" + values.tobytes()
    if unit == 0:
        planes = values.view(np.uint8).reshape(-1, 4).T
        return b"\x01\x00" + planes.tobytes()
    channels = 1 if values.size % 2 else 2  # a place has two
    columns = values.reshape(-1, channels).T.astype(np.int32)
    # Smooth paths are short in second differences, jagged ones and contours in first.
    found = {}
    for order in orders:
        columns = np.diff(columns, axis=1, prepend=0)
        found[order] = columns.astype(np.int16).ravel()
    order = min(orders, key=lambda order: np.log2(1.0 + np.abs(found[order].astype(float))).sum())
    steps = found[order]
    head = bytes([channels + 8 * (order == 2), unit])
    return head + _varints(((steps << 1) ^ (steps >> 15)).view(np.uint16))


def _values(thing):
    (order, channels), unit = divmod(thing[0], 8), thing[1]
    if unit == 255:
        return np.frombuffer(thing, np.uint8, offset=2), -1
    if unit == 0:
        planes = np.frombuffer(thing, np.uint8, offset=2).reshape(4, -1)
        return np.ascontiguousarray(planes.T).view("<f4").ravel(), 0
    coded = _numbers(np.frombuffer(thing, np.uint8, offset=2))
    steps = (coded >> 1) ^ -(coded & 1)
    columns = steps.reshape(channels, -1)
    for _ in range(order + 1):
        columns = np.cumsum(columns, axis=1)
    return np.ascontiguousarray(columns.T.astype(np.int16)).ravel(), unit


def _varints(values):
    """Seven bits to the byte, the lowest first; a byte that is not the last has its top bit set."""
    values = values.astype(np.uint32)[:, None]
    shifts = np.array([0, 7, 14], np.uint32)
    more = values >> (shifts + np.uint32(7)) > 0
    there = np.concatenate([np.ones_like(more[:, :1]), more[:, :2]], axis=1)
    return (values >> shifts & 127 | more * np.uint32(128)).astype(np.uint8)[there].tobytes()


def _numbers(data):
    """The whole numbers that `_varints` wrote."""
    last = data < 128
    start = np.concatenate([[True], last[:-1]])[: len(data)]
    first = np.flatnonzero(start)
    place = np.arange(len(data)) - np.repeat(first, np.diff(np.append(first, len(data))))
    return np.add.reduceat((data & 127).astype(np.int64) << 7 * place, first) if len(data) else data


# --- bytes --------------------------------------------------------------------------------------


def _json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _deflated(data):
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(data) + packing.flush()


def _inflated(data):
    return zlib.decompress(data, -15)
