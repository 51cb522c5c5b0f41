"""What is encrypted at rest, and how it is still found: AES-256-GCM payloads bound to their record, and a keyed hash.

Sealed bytes: version (1) | key number (2) | nonce (12) | AES-256-GCM of JSON padded to 256 bytes or a multiple, + tag.
The associated data is the header and the record's id, so that a payload moved to another row does not open.
"""

import functools
import hashlib
import hmac
import json
import os
import uuid
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"
NONCE_BYTES = 12
BLOCK_BYTES = 256


class CannotOpen(Exception):
    """Sealed bytes that no key of ours opens for this record: damaged, moved from another row, or a lost key."""


class CannotSeal(Exception):
    """There is no key to seal with: nothing may be stored."""


def seal(content: dict, record_id: uuid.UUID) -> bytes:
    """Encrypt `content` (JSON types only) for the record with this id. The newest key writes. Raises CannotSeal."""
    keys = _sealing_keys()
    number = max(keys)
    header = VERSION + number.to_bytes(2)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    # JSON ignores white space at its end: the padding hides the length and needs no field of its own.
    padded = text.ljust(-(-len(text) // BLOCK_BYTES) * BLOCK_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + keys[number].encrypt(nonce, padded, header + record_id.bytes)


def open_sealed(sealed: bytes, record_id: uuid.UUID) -> dict:
    """Decrypt what `seal` made for this record. Raises CannotOpen."""
    sealed = bytes(sealed)  # PostgreSQL gives a memoryview
    header, nonce, rest = sealed[:3], sealed[3 : 3 + NONCE_BYTES], sealed[3 + NONCE_BYTES :]
    try:
        key = _sealing_keys().get(int.from_bytes(header[1:]))
    except CannotSeal as error:
        raise CannotOpen("no key") from error
    if header[:1] != VERSION or key is None:
        raise CannotOpen("unknown version or key")
    try:
        return json.loads(key.decrypt(nonce, rest, header + record_id.bytes))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the key does not fit this record") from error


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits by which a value is found again; without the key they say nothing of it."""
    return hmac.new(_lookup_key(), text.encode(), hashlib.sha256).hexdigest()


def derived(purpose: str, content: bytes) -> bytes:
    """32 bytes that follow from the content by a key for this purpose alone (HKDF, RFC 5869). Raises CannotSeal."""
    return hmac.new(_key_for(purpose), content, hashlib.sha256).digest()


@functools.cache
def _sealing_keys() -> dict[int, AESGCM]:
    files = sorted(Path(settings.KEYS_DIR).glob("seal-*.key"))
    if not files:  # raised, so that it is not remembered: the keys may come back
        raise CannotSeal("no sealing key")
    return {int(file.stem.removeprefix("seal-")): AESGCM(file.read_bytes()) for file in files}


@functools.cache
def _lookup_key() -> bytes:
    try:
        return (Path(settings.KEYS_DIR) / "lookup.key").read_bytes()
    except OSError as error:
        raise CannotSeal("no look-up key") from error


@functools.cache
def _key_for(purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(_lookup_key())
