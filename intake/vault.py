"""What is encrypted at rest, and how it is still found: AES-256-GCM payloads bound to their record, and a keyed hash.

Sealed bytes: version (1) | key number (2) | nonce (12) | AES-256-GCM of JSON padded to 256 bytes or a multiple, + tag.
The associated data is the header and the record's id, so that a payload moved to another row does not open.
Each sealing key is a file, written once: the one with the highest number writes, all read.
"""

import functools
import hashlib
import hmac
import json
import os
import re
import uuid
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"
HEADER_BYTES = 3
NONCE_BYTES = 12
KEY_BYTES = 32
BLOCK_BYTES = 256
MOST_KEYS = 9999
_KEY_FILE = re.compile(r"seal-(\d{4})\.key")


class CannotOpen(Exception):
    """Sealed bytes that no key of ours opens for this record: damaged, moved from another row, or a lost key."""


class CannotSeal(Exception):
    """There is no key to seal with, or it cannot be read: nothing may be stored."""


def seal(content: dict, record_id: uuid.UUID) -> bytes:
    """Encrypt `content` (JSON types only) for the record with this id. The newest key writes. Raises CannotSeal."""
    number = newest_key()
    header = header_of(number)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    # JSON ignores white space at its end: the padding hides the length and needs no field of its own.
    padded = text.ljust(-(-len(text) // BLOCK_BYTES) * BLOCK_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _key(settings.KEYS_DIR, number).encrypt(nonce, padded, header + record_id.bytes)


def open_sealed(sealed: bytes, record_id: uuid.UUID) -> dict:
    """Decrypt what `seal` made for this record. Raises CannotOpen."""
    sealed = bytes(sealed)  # PostgreSQL gives a memoryview
    header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    if header[:1] != VERSION or len(header) != HEADER_BYTES:
        raise CannotOpen("unknown version")
    nonce, rest = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        key = _key(settings.KEYS_DIR, key_number(sealed))
        return json.loads(key.decrypt(nonce, rest, header + record_id.bytes).decode())
    except CannotSeal as error:
        raise CannotOpen("no such key") from error
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the key does not fit this record") from error


def header_of(number: int) -> bytes:
    """What all bytes that were sealed with this key begin with."""
    return VERSION + number.to_bytes(HEADER_BYTES - len(VERSION))


def key_number(sealed: bytes) -> int:
    """The key that sealed bytes name; that it opens them is not said."""
    return int.from_bytes(bytes(sealed[len(VERSION) : HEADER_BYTES]))


def key_file(number: int) -> Path:
    return _key_file(settings.KEYS_DIR, number)


def _key_file(folder: Path, number: int) -> Path:
    return Path(folder) / f"seal-{number:04}.key"


def key_numbers() -> list[int]:
    """The sealing keys that are there now, the oldest first. Raises CannotSeal where there is none.

    The folder is read each time (5 microseconds), so that every process uses a new key from the moment it is there.
    Its time of change would not do: two changes within one tick of the clock look like one.
    """
    try:
        found = [_KEY_FILE.fullmatch(name) for name in os.listdir(settings.KEYS_DIR)]
    except OSError as error:
        raise CannotSeal("no folder of keys") from error
    if numbers := sorted(int(match[1]) for match in found if match):
        return numbers
    raise CannotSeal("no sealing key")


def newest_key() -> int:
    """The number of the key that seals from now on. Raises CannotSeal."""
    return key_numbers()[-1]


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits by which a value is found again; without the key they say nothing of it."""
    return hmac.new(_lookup_key(), text.encode(), hashlib.sha256).hexdigest()


def derived(purpose: str, content: bytes) -> bytes:
    """32 bytes that follow from the content by a key for this purpose alone (HKDF, RFC 5869). Raises CannotSeal."""
    return hmac.new(_key_for(purpose), content, hashlib.sha256).digest()


def forget_keys() -> None:
    """All that is remembered of them: the next use reads their files."""
    for each in (_key, _lookup_key, _key_for):
        each.cache_clear()


@functools.cache
def _key(folder: Path, number: int) -> AESGCM:
    """Kept, as a key file never changes. What was raised is not kept: the file may come back."""
    try:
        content = _key_file(folder, number).read_bytes()
    except OSError as error:
        raise CannotSeal("a key cannot be read") from error
    if len(content) != KEY_BYTES:
        raise CannotSeal("a key is damaged")
    return AESGCM(content)


@functools.cache
def _lookup_key() -> bytes:
    try:
        return (Path(settings.KEYS_DIR) / "lookup.key").read_bytes()
    except OSError as error:
        raise CannotSeal("no look-up key") from error


@functools.cache
def _key_for(purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(_lookup_key())
