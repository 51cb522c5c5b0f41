"""Content codings of what is finished (RFC 9110, 8.4): quick ones at once, the smallest ones later. Those are kept on
the disk by content, so that no start and no other process makes them again."""

import functools
import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import brotli

from reentry_site import data_dir

IDENTITY = "identity"


class Coding(NamedTuple):
    """How to code at once, how to get it as small as it gets (ten times slower or more), and how to undo both."""

    quick: Callable[[bytes], bytes]
    small: Callable[[bytes], bytes]
    undo: Callable[[bytes], bytes]


#: The one that is smaller first.
CODINGS = {
    "br": Coding(
        functools.partial(brotli.compress, quality=5), functools.partial(brotli.compress, quality=11), brotli.decompress
    ),
    "gzip": Coding(
        functools.partial(gzip.compress, compresslevel=6, mtime=0),
        functools.partial(gzip.compress, compresslevel=9, mtime=0),
        gzip.decompress,
    ),
}


def quick(body: bytes, kept: Path) -> dict[str, bytes]:
    """Coding → the body in it: the smallest one where that is kept, else one that is made at once."""
    return {name: _read(body, name, kept) or coding.quick(body) for name, coding in CODINGS.items()}


def smallest(body: bytes, kept: Path) -> dict[str, bytes]:
    """Coding → the body in it, as small as it gets; kept from now on. Raises OSError."""
    made = {}
    for name, coding in CODINGS.items():
        made[name] = _read(body, name, kept)
        if made[name] is None:
            made[name] = coding.small(body)
            data_dir.write(file_of(body, name, kept), made[name])
    return made


def file_of(body: bytes, coding: str, kept: Path) -> Path:
    return kept / f"{hashlib.sha256(body).hexdigest()}.{coding}"


def _read(body: bytes, coding: str, kept: Path) -> bytes | None:
    """What is kept, if it is this body: a power cut can leave a file with nothing in it."""
    try:
        coded = file_of(body, coding, kept).read_bytes()
        return coded if CODINGS[coding].undo(coded) == body else None
    except (OSError, EOFError, zlib.error, brotli.error):
        return None


@functools.lru_cache(512)
def chosen(accepted: str) -> str:
    """Which coding a client gets that accepts this (RFC 9110, 12.5.3): what it likes best, the smaller among equals;
    `identity` where it accepts none, or likes that better."""
    likes = _likes(accepted)
    other = likes.get("*", 0.0)
    wanted = {coding: likes.get(coding, other) for coding in CODINGS}
    best = max(wanted, key=wanted.get)
    return best if wanted[best] > 0 and wanted[best] >= likes.get(IDENTITY, 0) else IDENTITY


def _likes(accepted: str) -> dict[str, float]:
    """Coding → how much it is liked, from 0 (not at all) to 1."""
    likes = {}
    for each in accepted.split(","):
        coding, _, weight = each.partition(";")
        name, _, value = weight.strip().partition("=")
        try:
            likes[coding.strip().lower()] = float(value) if name.strip().lower() == "q" else 1.0
        except ValueError:
            likes[coding.strip().lower()] = 0.0
    return likes
