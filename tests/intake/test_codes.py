"""The private code can be written down and typed again; the reference opens nothing."""

import re
import uuid

import pytest

from intake import codes

ID = uuid.UUID(int=7)


def test_a_code_has_65_bits_and_no_look_alikes():
    code = codes.private_code(ID)
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{13}", code)
    assert codes.private_code(ID) == code != codes.private_code(uuid.UUID(int=8))
    assert len({codes.private_code(uuid.UUID(int=number)) for number in range(1000)}) == 1000


def test_every_letter_is_used_in_every_place():
    made = [codes.private_code(uuid.UUID(int=number)) for number in range(2000)]
    assert all({code[place] for code in made} == set(codes.CODE_LETTERS) for place in range(codes.CODE_LENGTH))


@pytest.mark.parametrize(
    "typed",
    ["k7m1-9qxd0-4tzv", "K7M1 9QXD0 4TZV", "  k7ml9qxdo4tzu ", "k7mI–9qxdO–4tzU", "K7M1_9QXD0.4TZV"],
)
def test_what_is_typed_from_paper_is_forgiven(typed):
    assert codes.read_code(typed) == "k7m19qxd04tzv"


@pytest.mark.parametrize(
    "typed", ["", "k7m1", "k7m19qxd04tzvv", "k7m19qxd04tz!", "κ7m19qxd04tzv", "\x00" * 13, "0" * 1000]
)
def test_what_can_be_no_code_is_none(typed):
    assert codes.read_code(typed) is None


def test_as_shown_it_is_read_again():
    code = codes.private_code(ID)
    assert codes.read_code(codes.shown(code)) == code
    assert re.fullmatch(r"\w{4}-\w{5}-\w{4}", codes.shown(code))


def test_nothing_that_is_kept_is_the_code():
    assert codes.private_code(ID) not in codes.hash_of(codes.private_code(ID)) + codes.reference(ID).lower()
