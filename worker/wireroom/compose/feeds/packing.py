"""Documents packed for the way: gzip and brotli, each as quick as the other, equal bytes always giving equal bytes."""

from __future__ import annotations

import gzip

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What documents can be had in, the better one first, and how a file so packed ends."""
BROTLI = 5
"""With this quality brotli is about as quick as gzip and packs a sixth better."""


def pack(data: bytes, encoding: str) -> bytes:
    """Bytes in an encoding, "" for plain."""
    if encoding == "br":
        import brotli

        packed: bytes = brotli.compress(data, quality=BROTLI)
        return packed
    return gzip.compress(data, 6, mtime=0) if encoding == "gzip" else data
