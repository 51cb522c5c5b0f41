"""Sealed bytes open with our key on their own row, and on no other."""

import json
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake import vault

CONTENT = {"phone": "+12165550143", "name": "Zoë 李", "note": "line\nline"}


def test_what_is_sealed_opens_again():
    record_id = uuid.uuid4()
    assert vault.open_sealed(vault.seal(CONTENT, record_id), record_id) == CONTENT


def test_the_same_content_never_looks_the_same():
    record_id = uuid.uuid4()
    assert vault.seal(CONTENT, record_id) != vault.seal(CONTENT, record_id)


def test_the_length_of_a_note_does_not_show():
    sizes = {len(vault.seal({"note": "x" * length}, uuid.uuid4())) for length in range(0, 240, 20)}
    assert len(sizes) == 1


def test_a_payload_moved_to_another_row_does_not_open():
    sealed = vault.seal(CONTENT, uuid.uuid4())
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, uuid.uuid4())


def test_a_changed_bit_anywhere_does_not_open():
    record_id = uuid.uuid4()
    sealed = vault.seal(CONTENT, record_id)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(vault.CannotOpen):
            vault.open_sealed(bytes(changed), record_id)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01\x00\x01", b"\x02" + b"\x00" * 60])
def test_bytes_that_are_no_payload_do_not_open(sealed):
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, uuid.uuid4())


@pytest.fixture
def known_keys(settings, tmp_path):
    (tmp_path / "seal-0001.key").write_bytes(bytes(range(32)))
    (tmp_path / "lookup.key").write_bytes(bytes(range(32, 64)))
    settings.KEYS_DIR = tmp_path
    _forget_keys()
    yield tmp_path
    _forget_keys()


def _forget_keys():
    vault._sealing_keys.cache_clear()
    vault._lookup_key.cache_clear()


def test_the_layout_is_the_one_that_was_promised(known_keys):
    """Version, key number, nonce, then AES-256-GCM with header and id as associated data: built here by hand."""
    record_id = uuid.UUID(int=7)
    header, nonce = b"\x01\x00\x01", b"n" * 12
    padded = json.dumps(CONTENT).encode().ljust(256)
    sealed = header + nonce + AESGCM(bytes(range(32))).encrypt(nonce, padded, header + record_id.bytes)
    assert vault.open_sealed(sealed, record_id) == CONTENT


def test_a_known_answer_of_the_keyed_hash(known_keys):
    import hashlib
    import hmac

    assert (
        vault.keyed_hash("+12165550143") == hmac.new(bytes(range(32, 64)), b"+12165550143", hashlib.sha256).hexdigest()
    )


def test_the_newest_key_writes_and_the_older_still_reads(known_keys):
    record_id = uuid.uuid4()
    old = vault.seal(CONTENT, record_id)
    (known_keys / "seal-0002.key").write_bytes(b"2" * 32)
    _forget_keys()
    assert vault.seal(CONTENT, record_id)[1:3] == b"\x00\x02"
    assert vault.open_sealed(old, record_id) == CONTENT
