"""Sealed bytes open with our key on their own row, and on no other."""

import uuid

import pytest

from intake import codes, vault

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


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01\x00\x01", b"\x02" + b"\x00" * 60])
def test_bytes_that_are_no_payload_do_not_open(sealed):
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, uuid.uuid4())


@pytest.fixture
def known_keys(settings, tmp_path):
    """Keys that anyone may know: bytes 0 to 31 seal, bytes 32 to 63 find."""
    (tmp_path / "seal-0001.key").write_bytes(bytes(range(32)))
    (tmp_path / "lookup.key").write_bytes(bytes(range(32, 64)))
    settings.KEYS_DIR = tmp_path
    vault.forget_keys()
    yield tmp_path
    vault.forget_keys()


# The known answers below were computed once, by hand and not by the code that they test: HMAC, HKDF as RFC 5869 writes
# it, GCM as NIST SP 800-38D writes it on single AES blocks. Where one changes, what is stored no longer opens.

RECORD = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
SEALED = bytes.fromhex(
    "010001808182838485868788898a8b1b871e732e7c84b3a4a93e0174429c10926b85ce3e832f260f93e1a5d3de07d673e257bc92c48902"
    "a526866d7f4ed1b58cc1c4705aa143af966fe6c0db86b1431a26bb01b932870f8514d72fa94ae30fb54eaa9217b38863ae80ead8060cf1"
    "79dd57fa57449fc3cfacb5a77af606b313f19ad32e0a635f1efbac01c0dacb3d2167e9eb00da43d10811d320a0248033f134d66d0743fb"
    "cb03233bc6f96a0d82ed576b291c0be2b5d323dba05ae0fecec46afa2380c5199fa88c311dee10e672f560346afbfa1720045691e5d3e3"
    "9bf5d51252473a9772fbb970c3d729949a4556da26744f710324b667e29f6d6b3013d4d780852dfcdc9f5b2a52a846d457cbfaf810690d"
    "b28261743dd651cd0b09037d"
)


def test_a_known_answer_of_the_sealed_bytes(known_keys):
    assert vault.open_sealed(SEALED, RECORD) == {"phone": "+12165550143", "name": "Zoë"}


def test_sealing_gives_the_known_answer(known_keys, monkeypatch):
    monkeypatch.setattr(vault.os, "urandom", lambda length: bytes(range(0x80, 0x80 + length)))
    assert vault.seal({"phone": "+12165550143", "name": "Zoë"}, RECORD) == SEALED


def test_a_known_answer_of_the_keyed_hash(known_keys):
    assert vault.keyed_hash("+12165550143") == "af0511a3252c9d2575943cf9b9e95603344b84c2da66ba7fee91446f56bd5c4c"


@pytest.mark.parametrize(
    ("purpose", "answer"),
    [
        ("version", "9d8dadd3bab50e5a50f555dfbd1e5ef187c2b2785d4ff7237d528ca26b04ffde"),
        ("private code", "18285420b1a3ce02d580aa68709e27d1060bcf11da28b9462dc273a1d768c7cd"),
        ("hash of a private code", "def086ec8abf76a8e0de43f77301f813a6f26a73f3ab5c722aba85b395667b9f"),
        ("reference", "8af9bbb8778efcf6418ec0622a3cde93c7ee9c393edacf9b7d4941e6bb80223b"),
    ],
)
def test_a_known_answer_of_each_derived_key(known_keys, purpose, answer):
    assert vault.derived(purpose, b"content").hex() == answer


def test_a_known_code_opens_its_known_version(known_keys):
    """What was written down by a client opens their request in every later version of this program."""
    assert codes.shown(codes.private_code(RECORD)) == "06jk-gxath-2rtb"
    assert codes.reference(RECORD) == "95V9-BPU7"


def test_every_bit_counts(known_keys):
    for place in range(len(SEALED) * 8):
        changed = bytearray(SEALED)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(vault.CannotOpen):
            vault.open_sealed(bytes(changed), RECORD)


def test_bytes_that_were_cut_or_grew_do_not_open(known_keys):
    for length in range(len(SEALED)):
        with pytest.raises(vault.CannotOpen):
            vault.open_sealed(SEALED[:length], RECORD)
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(SEALED + b"\0", RECORD)


def test_another_key_under_the_same_number_does_not_open(known_keys, settings, tmp_path_factory):
    settings.KEYS_DIR = tmp_path_factory.mktemp("others")
    (settings.KEYS_DIR / "seal-0001.key").write_bytes(bytes(32))
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(SEALED, RECORD)


def test_a_new_key_writes_from_the_moment_it_is_there_and_the_older_still_reads(known_keys):
    old = vault.seal(CONTENT, RECORD)
    (known_keys / "seal-0002.key").write_bytes(b"2" * 32)
    new = vault.seal(CONTENT, RECORD)
    assert (vault.key_number(old), vault.key_number(new)) == (1, 2)
    assert vault.open_sealed(old, RECORD) == vault.open_sealed(new, RECORD) == CONTENT


def test_a_key_that_comes_back_opens_at_once(known_keys):
    (known_keys / "seal-0001.key").rename(known_keys / "away")
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(SEALED, RECORD)
    (known_keys / "away").rename(known_keys / "seal-0001.key")
    assert vault.open_sealed(SEALED, RECORD)


@pytest.mark.parametrize("content", [b"", b"2" * 16, b"2" * 33])
def test_a_damaged_newest_key_stores_nothing(known_keys, content):
    """Rather than sealing with an older one, unseen, or with half a key."""
    (known_keys / "seal-0002.key").write_bytes(content)
    with pytest.raises(vault.CannotSeal):
        vault.seal(CONTENT, RECORD)
    assert vault.open_sealed(SEALED, RECORD)


@pytest.mark.parametrize("name", ["seal-copy.key", "seal-0009.key.bak", ".seal-0009.key.123", "seal-9.key"])
def test_other_files_beside_the_keys_are_no_keys(known_keys, name):
    (known_keys / name).write_bytes(b"9" * 32)
    assert vault.key_numbers() == [1]
