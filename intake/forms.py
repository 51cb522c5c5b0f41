"""What is accepted from a stranger: cleaned into a Submission, or kept on the page with kind words."""

import dataclasses
import re
import unicodedata

import phonenumbers
from django import forms
from phonenumber_field.phonenumber import PhoneNumber

from intake.cadence import Calendar
from intake.submission import Submission
from intake.words import Daypart
from reentry_site import facts

PHONE_LETTERS = 100
NAME_LETTERS = 60
NOTE_LETTERS = 500
#: The United States and its territories: what +1 numbers we call. An area code nobody knows yet passes.
US_REGIONS = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})

EMPTY = "Enter a phone number so we can call you"
TEN_DIGITS = "Enter a phone number with 10 digits"
NUMBERS_ONLY = "Use numbers only, like 216 555 0143"
CRISIS_LINE = "Enter your own number. For help now, call or text 988"
NO_SUCH_NUMBER = "Check the number. It has a digit that no US number has there"
PAID_LINE = "Enter a number that is free to call. We cannot call 900 numbers"
NAME_TOO_LONG = f"Shorten the name to {NAME_LETTERS} letters or fewer"
NOTE_TOO_LONG = f"Shorten your note to {NOTE_LETTERS} letters or fewer"

_EXTENSION = re.compile(r"(?:extension|extn|ext|x|#)[\s.:]*\d{1,7}\s*$", re.IGNORECASE)


def read_phone(typed: str) -> str:
    """A US number typed any way → E.164, with `;ext=` where there is one. Raises ValidationError in our words.

    Not checked against the list of area codes in use: a new one is no fault of the person who has it. The shape is
    the North American Numbering Plan's: area code and exchange start with 2 to 9 and do not end in 11.
    """
    if len(typed) > PHONE_LETTERS:
        raise forms.ValidationError(TEN_DIGITS)
    text = unicodedata.normalize("NFKC", typed).strip().removeprefix("tel:")
    digits = "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())
    if not text:
        raise forms.ValidationError(EMPTY)
    if digits.removeprefix("1") in {"911", "988"}:
        raise forms.ValidationError(CRISIS_LINE)
    if any(letter.isalpha() for letter in _EXTENSION.sub("", text)):
        raise forms.ValidationError(NUMBERS_ONLY)
    try:
        number = PhoneNumber.from_string(re.sub(r"^00(?=\D*1)", "+", text), region="US")
    except phonenumbers.NumberParseException:
        raise forms.ValidationError(TEN_DIGITS) from None
    _refuse_what_we_cannot_call(number, digits)
    return number.as_e164 + (f";ext={number.extension}" if number.extension else "")


def read_number(typed: str) -> str | None:
    """The E.164 of a number typed any way by staff, without its extension; None where it has not all ten digits."""
    try:
        return read_phone(typed).partition(";")[0]
    except forms.ValidationError:
        return None


def _refuse_what_we_cannot_call(number: PhoneNumber, digits: str) -> None:
    national = phonenumbers.national_significant_number(number)
    if number.country_code != 1:
        raise forms.ValidationError(_outside_the_us())
    if len(national) != 10:  # leading zeros count for the person who typed them
        raise forms.ValidationError(NO_SUCH_NUMBER if len(digits) == 10 else TEN_DIGITS)
    if not re.fullmatch(r"([2-9](?!11)\d{2}){2}\d{4}", national):
        raise forms.ValidationError(NO_SUCH_NUMBER)
    if phonenumbers.region_code_for_number(number) not in US_REGIONS | {None}:
        raise forms.ValidationError(_outside_the_us())
    if national.startswith("900"):
        raise forms.ValidationError(PAID_LINE)


def _outside_the_us() -> str:
    return f"We can only call US numbers from this form. You can call us at {facts.current().phone}"


def clean_text(typed: str, *, lines: bool) -> str:
    """Text as it may be stored: any script and emoji, one form of each letter (NFC), no character that acts unseen.

    Taken out: control characters (line breaks stay where `lines`), direction overrides, tag characters, surrogates.
    """
    text = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    # Only then one form of each letter: what was taken out may have stood between a letter and its accent.
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    return text.strip() if lines else " ".join(text.split())


def mask_numbers(text: str) -> str:
    """The note without what looks like a social security or a card number, which nobody here needs to keep.

    A card number has 13 to 19 digits and fits its check digit (Luhn; ISO/IEC 7812-1). In groups as cards print it, it
    is found beside other numbers too; in any other groups, where it stands alone. A phone number and a date stay.
    """
    start = 0
    while found := _CARD.search(text, start):
        start = found.start() + 1  # the next group may begin one
        if _fits_its_check_digit(found[0]):
            text = text[: found.start()] + MASK + text[found.end() :]
    text = _GROUPS.sub(lambda found: found[0] if _may_stay(found[0]) else MASK, text)
    return _SSN.sub(MASK, text)


MASK = "[number taken out]"
MOST_CARD_DIGITS = 19
_GAP = r"[-./_‐-―−\s]{1,3}"
_SSN = re.compile(rf"(?<!\d)(?:\d{{9}}|\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}})(?!\d)")
_CARD = re.compile(rf"(?<!\d)(?:\d{{13,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}})(?!\d)")
_GROUPS = re.compile(rf"(?<!\d)\d(?:(?:{_GAP})?\d){{12,}}(?!\d)")
_PHONE = rf"\d{{3}}(?:{_GAP})?\d{{3}}(?:{_GAP})?\d{{4}}"
_DATE = rf"\d\d?{_GAP}\d\d?{_GAP}\d{{4}}|\d{{4}}{_GAP}\d\d?{_GAP}\d\d?"
_PHONE_OR_DATE = re.compile(rf"(?<!\d)(?:{_PHONE}|{_DATE})(?!\d)")


def _may_stay(typed: str) -> bool:
    many = sum(map(str.isdigit, typed)) > MOST_CARD_DIGITS
    return many or bool(_PHONE_OR_DATE.search(typed)) or not _fits_its_check_digit(typed)


def _fits_its_check_digit(typed: str) -> bool:
    digits = [int(letter) for letter in typed if letter.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return sum(digits[-1::-2] + doubled) % 10 == 0


_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


class _Phone(forms.Field):
    def to_python(self, value) -> str:
        return read_phone(value or "")


class _Text(forms.Field):
    """Not a CharField: that one answers a stray NUL with a fault, where we take the character out."""

    def __init__(self, *, most: int, too_long: str, lines: bool = False) -> None:
        super().__init__(required=False)
        self.most, self.too_long, self.lines = most, too_long, lines

    def to_python(self, value) -> str:
        typed = value or ""
        # Measured before it is cleaned too: making one form of each letter takes minutes on what nobody types.
        text = clean_text(typed, lines=self.lines) if len(typed) <= 4 * self.most else typed
        if len(text) > self.most:
            raise forms.ValidationError(self.too_long)
        return text


class _AnyOfThese(forms.MultipleChoiceField):
    """Takes what it offers and passes over the rest: a page kept open while the hours changed still sends."""

    def to_python(self, value) -> list[str]:
        return [each for each in super().to_python(value) if self.valid_value(each)]


class _OtherPhone(_Phone):
    """Left empty, the number stays."""

    def to_python(self, value) -> str:
        return super().to_python(value) if (value or "").strip() else ""


class _Wishes(forms.Form):
    """How to call. Whatever is skipped, or is none of our choices, counts as the most private one."""

    voicemail_ok = forms.Field(required=False)
    text_ok = forms.Field(required=False)
    may_say_clinic_name = forms.Field(required=False)
    preferred_times = _AnyOfThese(required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        offered = Calendar(facts.current()).dayparts_ever_open()
        self.fields["preferred_times"].choices = [(part.value, part.label) for part in offered]

    def wishes(self) -> dict:
        """As a Submission has them."""
        data = self.cleaned_data
        return {
            "voicemail_ok": data["voicemail_ok"] == "on",
            "text_ok": data["text_ok"] == "on",
            "may_say_clinic_name": data["may_say_clinic_name"] == "yes",
            "preferred_times": tuple(part for part in Daypart if part in data["preferred_times"]),
        }

    def faults(self) -> list[dict]:
        """What there is to fix, in the order of the page: {"href": "#id_phone", "message": …}."""
        return [
            {"href": f"#{self[name].id_for_label or self[name].auto_id}", "message": message}
            for name in self.fields
            for message in self.errors.get(name, ())
        ]


class ChangeForm(_Wishes):
    """Another number, other choices, other times, for a request that stands."""

    phone = _OtherPhone(required=False)
    field_order = ("phone",)

    @classmethod
    def of(cls, standing: Submission) -> "ChangeForm":
        """Filled with the choices that stand; the number is not shown."""
        ways = {way: "on" for way in ("voicemail_ok", "text_ok") if getattr(standing, way)}
        said = {"may_say_clinic_name": "yes" if standing.may_say_clinic_name else "no"}
        return cls(initial=ways | said | {"preferred_times": list(standing.preferred_times)})

    def change(self, standing: Submission) -> Submission:
        phone = self.cleaned_data["phone"] or standing.phone
        return dataclasses.replace(standing, phone=phone, **self.wishes())


class CallbackForm(_Wishes):
    """The form "Ask us to call you": one required field."""

    phone = _Phone(required=False)
    name = _Text(most=NAME_LETTERS, too_long=NAME_TOO_LONG)
    note = _Text(most=NOTE_LETTERS, too_long=NOTE_TOO_LONG, lines=True)
    website = forms.Field(required=False)
    field_order = ("phone", "name", "voicemail_ok", "text_ok", "may_say_clinic_name", "preferred_times", "note")

    def clean_note(self) -> str:
        return mask_numbers(self.cleaned_data["note"])

    def submission(self) -> Submission:
        data = self.cleaned_data
        return Submission(phone=data["phone"], name=data["name"], note=data["note"], **self.wishes())

    def fell_into_the_trap(self) -> bool:
        """A field that no person sees was filled in: set aside for a person to look at, never refused."""
        return bool(self.cleaned_data["website"])
