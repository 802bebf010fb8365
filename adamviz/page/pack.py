"""A `Pack` is what a page holds, as one piece of bytes: lists, and texts as JSON.

Each thing is held once, whatever refers to it. Things lie in blocks, so that a page unpacks only
what a hand comes near:

    length of the index in bytes (uint32) | index | blocks

Index and blocks are deflated (RFC 1951, without a head). The index is JSON,

    {..., "blocks": [[start, length], ...], "things": [[block, start, length], ...]}

where a block starts so many bytes after the index, and a thing so many bytes into its block once
that is inflated; both are found by number.
"""

import hashlib
import json
import struct
import zlib

__all__ = ["Pack", "inflated"]

BLOCK = 1 << 17  # bytes after which a block is closed: inflated in a few milliseconds


class Pack:
    """Holds things, each once.

    Attributes
    ----------
    size : int
        Bytes so far, without the index.
    """

    def __init__(self):
        self._known, self._things = {}, []
        self._blocks, self._pieces, self._open, self._length = [], [], [], 0
        self.size = 0

    def bytes(self, data):
        """The number of a piece of bytes, a list."""
        name = hashlib.blake2b(data, digest_size=16).digest()
        if name not in self._known:
            self._known[name] = len(self._things)
            self._things.append([len(self._blocks), self._length, len(data)])
            padded = bytes(data) + bytes(-len(data) % 4)  # a list begins at a multiple of four
            self._open.append(padded)
            self._length += len(padded)
            if self._length >= BLOCK:
                self.close()
        return self._known[name]

    def json(self, value):
        """The number of what JSON can say."""
        return self.bytes(_json(value))

    def close(self):
        """Close the block: what comes next is not needed together with what came last."""
        if self._open:
            packed = _deflated(b"".join(self._open))
            start = self._blocks[-1][0] + self._blocks[-1][1] if self._blocks else 0
            self._blocks.append([start, len(packed)])
            self._pieces.append(packed)
            self.size += len(packed)
            self._open, self._length = [], 0

    def packed(self, index):
        """All of it, with an index of which the rest is given as a dict."""
        self.close()
        head = _deflated(_json({**index, "blocks": self._blocks, "things": self._things}))
        return b"".join([struct.pack("<I", len(head)), head, *self._pieces])


def inflated(data):
    """The index of a pack, and a function from a number to the thing as bytes."""
    (length,) = struct.unpack_from("<I", data)
    index = json.loads(_inflated(data[4 : 4 + length]))
    blocks = [data[4 + length + s : 4 + length + s + n] for s, n in index["blocks"]]

    def thing(number):
        block, start, size = index["things"][number]
        return _inflated(blocks[block])[start : start + size]

    return index, thing


def _json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _deflated(data):
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(data) + packing.flush()


def _inflated(data):
    return zlib.decompress(data, -15)
