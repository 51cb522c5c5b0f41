"""A search for secrets in bytes: however they are written there, and packed as Django packs sessions and messages."""

import base64
import binascii
import html
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator

#: Signed objects that Django has compressed: a dot, then zlib in base64 (its first two bytes are always the same).
_PACKED = re.compile(rb"\.(eJ[\w-]+)")


def _as_text(secret: str) -> set[str]:
    """Ways of writing it that are still text."""
    found = {secret, secret.lower(), secret.upper()}
    digits = re.sub(r"\D", "", secret)
    if len(digits) >= 10:
        area, exchange, line = digits[-10:-7], digits[-7:-4], digits[-4:]
        found |= {gap.join((area, exchange, line)) for gap in ("", " ", "-", ".", "/")}
        found |= {f"({area}) {exchange}-{line}", f"{exchange}-{line}"}  # E.164 is the digits after a plus and a 1
    found |= {json.dumps(each)[1:-1] for each in found}
    found |= {html.escape(each) for each in found}
    found |= {repr(each.encode())[2:-1] for each in found}
    return found | {quote(each) for each in found for quote in (urllib.parse.quote, urllib.parse.quote_plus)}


def spellings(secret: str) -> set[bytes]:
    """As text, in UTF-8 and UTF-16, and of each: base64 at any offset, hex, and hex backwards."""
    plain = {each.encode(encoding) for each in _as_text(secret) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    found = set(plain)
    for each in plain:
        digits = binascii.hexlify(each)
        found |= {digits, digits.upper(), digits[::-1], binascii.hexlify(each[::-1])}
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + each)
            settled = encoded[-(-offset * 8 // 6) : (offset + len(each)) * 8 // 6]  # free of what stands around it
            found |= {settled, settled.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def leaks(secrets: Iterable[str], leavings: dict[str, bytes]) -> set[tuple[str, str]]:
    """(secret, where it stands), of everything that was left behind under some name."""
    known = {secret: spellings(secret) for secret in secrets}
    return {
        (secret, name)
        for name, content in leavings.items()
        for each in (content, *_unpacked(content))
        for secret, written in known.items()
        if any(spelling in each for spelling in written)
    }


def _unpacked(content: bytes) -> Iterator[bytes]:
    for packed in _PACKED.findall(content):
        try:
            yield zlib.decompress(base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
        except (ValueError, zlib.error):
            continue
