"""What looks like a social security or a card number does not stay in a note; phone numbers and dates do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.forms import MASK, CallbackForm, mask_numbers

DIGITS = "0123456789"
GAPS = st.sampled_from(["-", " ", ".", "–", "\u2011", "\xa0", " - ", "/", "_", "  ", "\n"])
#: What may stand around a number without being part of it.
AROUND = st.sampled_from(["", "my card is ", "#", "(", ": ", "abc", ", ", " exp. 09, ", "李", " — "])
PHONE = st.from_regex(r"\A(\+?1[ -])?(\([2-9]\d\d\) |[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}\Z", alphabet=DIGITS + "+()-. ")
DATE = st.from_regex(r"\A(0?[1-9]|1[0-2])[/-]([0-2]?[1-9])[/-](19|20)\d\d\Z|\A20\d\d-(0[1-9]|1[0-2])-[0-2][1-9]\Z")


def digits(length: int):
    return st.text(DIGITS, min_size=length, max_size=length)


def with_check_digit(start: str) -> str:
    """A number that fits its check digit: the tenth try fits at the latest."""

    def total(number: str) -> int:
        odd, even = number[-1::-2], number[-2::-2]
        return sum(map(int, odd)) + sum(sum(map(int, str(2 * int(digit)))) for digit in even)

    return next(start + last for last in DIGITS if total(start + last) % 10 == 0)


CARD = st.integers(12, 18).flatmap(digits).map(with_check_digit)


def grouped(number: str, sizes: tuple[int, ...], gap: str) -> str:
    groups, start = [], 0
    for size in (*sizes, len(number)):
        groups.append(number[start : start + size])
        start += size
    return gap.join(filter(None, groups))


@given(area=digits(3), group=digits(2), serial=digits(4), first=GAPS, second=GAPS, before=AROUND, after=AROUND)
def test_no_social_security_number_stays(area, group, serial, first, second, before, after):
    for typed in (area + first + group + second + serial, area + group + serial):
        assert mask_numbers(f"{before}{typed}{after}") == f"{before}{MASK}{after}"


@given(card=CARD, gap=GAPS, before=AROUND, after=AROUND)
def test_no_card_number_stays(card, gap, before, after):
    shapes = [(), (4, 4, 4, 4), (8, 8), (1,) * 19, (2,) * 10, (5,) * 4, (4, 6)]
    for typed in (grouped(card, sizes, gap) for sizes in shapes):
        masked = mask_numbers(f"{before}{typed}{after}").removeprefix(f"{before}{MASK}").removesuffix(after)
        assert len(masked) <= 6  # a last group, where those before it are a card number by themselves


@given(card=digits(15).map(with_check_digit), gap=st.sampled_from([" ", "-"]), phone=PHONE)
def test_a_card_number_beside_a_phone_number_does_not_stay(card, gap, phone):
    for typed in (card, grouped(card, (4, 4, 4), gap)):
        for text in (f"{typed} {phone}", f"{phone} {typed}", f"1 {typed}"):
            assert not any(each in mask_numbers(text) for each in (card, grouped(card, (4, 4, 4), gap)))


@given(kept=st.lists(st.one_of(PHONE, DATE), min_size=1, max_size=4), gap=st.sampled_from([" ", ", ", "\n", " or "]))
def test_phone_numbers_and_dates_stay(kept, gap):
    assert mask_numbers(gap.join(kept)) == gap.join(kept)


@pytest.mark.parametrize(
    "text",
    ["44120-1234", "call 216 555 0143 x12", "room 12, 9-5, 3x a week", "since 2019", "4111 1111 1111 1112", "12345678"],
)
def test_other_numbers_stay(text):
    assert mask_numbers(text) == text


def test_a_number_in_the_digits_of_another_script_does_not_stay():
    assert mask_numbers("١٢٣-٤٥-٦٧٨٩") == MASK


def test_a_note_is_stored_without_them():
    form = CallbackForm({"phone": "216 555 0143", "note": "123-45-6789"})
    assert form.is_valid()
    assert form.submission().note == MASK
