"""What a stranger may send: any way of typing a US number, any script, and kind words for the rest."""

import pytest

from intake import forms
from intake.forms import CallbackForm, clean_text


def form(**data) -> CallbackForm:
    return CallbackForm({"phone": "216 555 0143"} | data)


@pytest.mark.parametrize(
    "typed",
    [
        "216 555 0143",
        "(216) 555-0143",
        "216.555.0143",
        "216/555/0143",
        "1-216-555-0143",
        "+1 216 555 0143",
        "001 216 555 0143",
        "  2165550143  ",
        "216\u2011555\u20110143",
        "٢١٦ ٥٥٥ ٠١٤٣",
        "２１６ ５５５ ０１４３",
        "tel:+12165550143",
    ],
)
def test_any_way_of_typing_is_the_same_number(typed):
    assert forms.read_phone(typed) == "+12165550143"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("787 555 0143", "+17875550143"),  # Puerto Rico
        ("340 555 0143", "+13405550143"),  # US Virgin Islands
        ("671 555 0143", "+16715550143"),  # Guam
        ("684 733 1234", "+16847331234"),  # American Samoa
        ("670 555 0143", "+16705550143"),  # Northern Mariana Islands
        ("379 555 0143", "+13795550143"),  # an area code that nobody knows yet
    ],
)
def test_territories_and_unknown_area_codes_pass(typed, stored):
    assert forms.read_phone(typed) == stored


@pytest.mark.parametrize("typed", ["216 555 0143 x12", "216 555 0143 ext. 12", "216-555-0143 #12", "2165550143 EXT 12"])
def test_an_extension_is_kept(typed):
    assert forms.read_phone(typed) == "+12165550143;ext=12"


OUTSIDE = "We can only call US numbers from this form. You can call us at (216) 480-4860"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter a phone number so we can call you"),
        ("   ", "Enter a phone number so we can call you"),
        ("555 0143", "Enter a phone number with 10 digits"),
        ("216 555 01433", "Enter a phone number with 10 digits"),
        ("216 555 0143 216 555 0144", "Enter a phone number with 10 digits"),
        ("---", "Enter a phone number with 10 digits"),
        ("216 555 HELP", "Use numbers only, like 216 555 0143"),
        ("my cell", "Use numbers only, like 216 555 0143"),
        ("911", "Enter your own number. For help now, call or text 988"),
        ("9-8-8", "Enter your own number. For help now, call or text 988"),
        ("1 988", "Enter your own number. For help now, call or text 988"),
        ("116 555 0143", "Check the number. It has a digit that no US number has there"),
        ("216 155 0143", "Check the number. It has a digit that no US number has there"),
        ("911 555 0143", "Check the number. It has a digit that no US number has there"),
        ("123 456 7890", "Check the number. It has a digit that no US number has there"),
        ("000 000 0000", "Check the number. It has a digit that no US number has there"),
        ("900 555 0143", "Enter a number that is free to call. We cannot call 900 numbers"),
        ("+44 7911 123456", OUTSIDE),
        ("011 44 7911 123456", OUTSIDE),
        ("+1 416 555 0143", OUTSIDE),  # Canada
        ("876 555 0143", OUTSIDE),  # Jamaica
    ],
)
def test_a_number_we_cannot_call_is_refused_kindly(typed, words):
    sent = form(phone=typed)
    assert sent.errors == {"phone": [words]}
    assert sent.faults() == [{"href": "#id_phone", "message": words}]


def test_only_the_phone_is_needed_and_what_is_skipped_is_private():
    sent = form()
    assert sent.is_valid()
    answers = sent.submission()
    assert (answers.name, answers.note, answers.preferred_times) == ("", "", ())
    assert (answers.voicemail_ok, answers.text_ok, answers.may_say_clinic_name) == (False, False, False)


@pytest.mark.parametrize("value", ["true", "1", "yes", "ON", "off", "\x00on"])
def test_a_box_counts_only_as_the_page_sends_it(value):
    sent = form(voicemail_ok=value, text_ok=value, may_say_clinic_name="on")
    assert sent.is_valid()
    assert not any((sent.submission().voicemail_ok, sent.submission().text_ok, sent.submission().may_say_clinic_name))


def test_the_choices_of_the_page_are_kept():
    sent = form(voicemail_ok="on", text_ok="on", may_say_clinic_name="yes", preferred_times=["evening", "morning"])
    answers = sent.submission() if sent.is_valid() else None
    assert (answers.voicemail_ok, answers.text_ok, answers.may_say_clinic_name) == (True, True, True)
    assert answers.preferred_times == ("morning", "evening")


def test_a_time_that_is_not_offered_is_passed_over():
    sent = form(preferred_times=["morning", "midnight"])
    assert sent.is_valid()
    assert sent.submission().preferred_times == ("morning",)


def test_long_text_is_told_in_letters_and_kept():
    sent = form(name="x" * 61, note="y" * 501)
    assert sent.errors == {
        "name": ["Shorten the name to 60 letters or fewer"],
        "note": ["Shorten your note to 500 letters or fewer"],
    }
    assert sent["note"].value() == "y" * 501


def test_a_line_break_counts_as_one_letter():
    assert form(note="y\r\n" * 250).is_valid()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("李 小龍", "李 小龍"),
        ("👩‍👧 Sam", "👩‍👧 Sam"),
        ("a\x00b\x1b[31mc\x85", "ab[31mc"),
        ("abc\u202edef\u2066", "abcdef"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("half \ud83d pair", "half pair"),
        ("e\u200f\u0301", "é"),
        ("  one\n\ttwo  ", "one two"),
    ],
)
def test_a_name_keeps_every_script_and_no_unseen_character(typed, kept):
    assert clean_text(typed, lines=False) == kept


def test_a_note_keeps_its_lines():
    assert clean_text("one\r\ntwo\rthree\x0b\n", lines=True) == "one\ntwo\nthree"
    assert clean_text("one\ttwo", lines=True) == "one two"


def test_the_trap_sets_aside_and_refuses_nobody():
    sent = form(website="http://spam.example")
    assert sent.is_valid()
    assert sent.fell_into_the_trap()


def test_a_number_with_a_hundred_letters_is_none():
    assert form(phone="216 555 0143" + " " * 88).is_valid()
    assert form(phone="216 555 0143" + " " * 89).errors["phone"] == [forms.TEN_DIGITS]
