"""Looking for words in the files of a browser's profile, however they may be written there."""

import contextlib
import zlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import brotli

MOST = 32 * 1024 * 1024  # bytes that one packed block may hold
PACKED = {
    b"\x1f\x8b\x08": 31,
    b"\x78\x01": 15,
    b"\x78\x5e": 15,
    b"\x78\x9c": 15,
    b"\x78\xda": 15,
}  # how it begins → wbits


def found(folder: Path, words: list[str]) -> list[str]:
    """Which of the words stand in which of the files, a line each."""
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        said = file.read_bytes()
        for block in (said, *unpacked(said)):
            lines += [f"{file.relative_to(folder)}: {word}" for word in words if any(w in block for w in written(word))]
    return sorted(set(lines))


def written(word: str) -> set[bytes]:
    """A word in every way in which a browser may write it."""
    plain, wide = word.encode(), word.encode("utf-16-le")
    ways = {plain, wide, word.encode("utf-16-be"), quote(word).encode(), quote_plus(word).encode()}
    for way in (plain, wide):
        ways.add(way.hex().encode())
        for shift in range(3):  # where it stands in what was encoded
            whole = b64encode(b"." * shift + way)
            ways.add(whole[4 if shift else 0 : -4])
    return ways


def unpacked(said: bytes) -> Iterator[bytes]:
    """What is in the packed blocks of a file, wherever they begin."""
    for begins, wbits in PACKED.items():
        at = said.find(begins)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj(wbits).decompress(said[at:], MOST)
            at = said.find(begins, at + 1)
    with contextlib.suppress(brotli.error):
        yield brotli.decompress(said)
