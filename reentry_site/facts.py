"""The clinic's facts, once: content/facts.yaml as one typed object. Both apps read it here and nowhere else.

While the file has a fault, the last good facts stay in force. 988 and 911 are not facts: they stand in a template.
"""

import datetime
import itertools
import re
import threading
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

import phonenumbers
from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator

from reentry_site import yaml_text

FILE = "facts.yaml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Hours(BaseModel):
    """From when to when on one day, in the clinic's time."""

    model_config = ConfigDict(frozen=True)

    start: datetime.time
    end: datetime.time

    def __str__(self) -> str:
        return f"{_clock(self.start)} to {_clock(self.end)}"


def _clock(moment: datetime.time) -> str:
    if moment == datetime.time(12):
        return "noon"
    hour = moment.hour % 12 or 12
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{hour}{minutes} {'a.m.' if moment.hour < 12 else 'p.m.'}"


def _read_hours(value: object) -> object:
    """`9:00-17:00` → Hours. Raises ValueError in an editor's words."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", value.strip())
    if not match:
        raise ValueError("write the hours like 9:00-17:00")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    try:
        start, end = datetime.time(hour, minute), datetime.time(end_hour, end_minute)
    except ValueError:
        raise ValueError("write the hours like 9:00-17:00, from 0:00 to 23:59") from None
    if end <= start:
        raise ValueError("the end of the hours comes before their start")
    return {"start": start, "end": end}


def _us_number(value: str) -> str:
    try:
        number = PhoneNumber.from_string(value, region="US")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.country_code != 1 or len(str(number.national_number)) != 10:
        raise ValueError("write the phone number with 10 digits, like (216) 480-4860")
    return number.as_national


def _known_zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("write a time zone like America/New_York")
    return value


def _nothing(value: object) -> object:
    """An empty value in YAML text is "": read it as an empty list or mapping."""
    return value if value != "" else ()


def _nothing_mapped(value: object) -> object:
    return value if value != "" else {}


DayHours = Annotated[Hours, BeforeValidator(_read_hours)]
Words = Annotated[tuple[str, ...], BeforeValidator(_nothing)]
NotEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Dayparts(BaseModel):
    """What "morning", "afternoon" and "evening" mean here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    morning: DayHours = Hours(start=datetime.time(8), end=datetime.time(12))
    afternoon: DayHours = Hours(start=datetime.time(12), end=datetime.time(17))
    evening: DayHours = Hours(start=datetime.time(17), end=datetime.time(21))

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "Dayparts":
        if not self.morning.end <= self.afternoon.start < self.afternoon.end <= self.evening.start:
            raise ValueError(
                "the times follow each other: morning, afternoon, evening, none begun before one has ended"
            )
        return self


class Week(BaseModel):
    """Opening hours by weekday; a day that is not named is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: DayHours | None = None
    tuesday: DayHours | None = None
    wednesday: DayHours | None = None
    thursday: DayHours | None = None
    friday: DayHours | None = None
    saturday: DayHours | None = None
    sunday: DayHours | None = None

    def on(self, day: datetime.date) -> Hours | None:
        return getattr(self, WEEKDAYS[day.weekday()])

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in WEEKDAYS)

    def __str__(self) -> str:
        """`Monday to Friday 9 a.m. to 5 p.m., Saturday 9 a.m. to noon`: days in a row with equal hours together."""
        parts = []
        for hours, days in itertools.groupby(WEEKDAYS, key=lambda name: getattr(self, name)):
            first, *rest = (name.capitalize() for name in days)
            if hours:
                parts.append(f"{first} to {rest[-1]} {hours}" if rest else f"{first} {hours}")
        return ", ".join(parts)


class Facts(BaseModel):
    """What the clinic says of itself. Empty = not given: whatever needs it leaves that sentence out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: NotEmpty
    phone: Annotated[str, AfterValidator(_us_number)]
    city: str = ""
    area: str = ""
    address: str = ""
    hours: Annotated[Week, BeforeValidator(_nothing_mapped)] = Week()
    closed_days: Annotated[tuple[datetime.date, ...], BeforeValidator(_nothing)] = ()
    holidays: Literal["", "closed", "open"] = ""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "America/New_York"
    times: Annotated[Dayparts, BeforeValidator(_nothing_mapped)] = Dayparts()
    who_calls: str = ""
    clinicians: Words = ()
    languages: str = ""
    insurers: str = ""
    prices: str = ""

    @property
    def phone_href(self) -> str:
        """The number as a link (RFC 3966)."""
        return PhoneNumber.from_string(self.phone, region="US").as_rfc3966.replace("-", "")

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def text(self, key: str) -> str | None:
        """One fact as words for a sentence: "" where it is not given, None where there is no such fact."""
        if key not in type(self).model_fields:
            return None
        value = getattr(self, key)
        if isinstance(value, tuple):
            return ", ".join(str(each) for each in value)
        return str(value) if value else ""

    def missing(self) -> list[str]:
        """The facts that the clinic has not given yet."""
        return [key for key in type(self).model_fields if not getattr(self, key)]


def parse(text: str) -> Facts:
    """Read the text of facts.yaml. Raises ValueError (pydantic's ValidationError is one).

    Every scalar is text and only the schema gives it a type, so `no` or `9:30` never change meaning.
    """
    read = yaml_text.read(text)
    if read.problems:
        raise ValueError(read.problems[0].message)
    return Facts.model_validate(read.values)


class _LastGood:
    """The facts in force, read again when the file changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: tuple | None = None
        self._facts: Facts | None = None

    def current(self, path: Path) -> Facts:
        stamp = _stamp(path)
        with self._lock:
            if stamp != self._stamp or self._facts is None:
                try:
                    self._facts = parse(path.read_text(encoding="utf-8"))
                except (OSError, ValueError):
                    if self._facts is None:
                        raise
                self._stamp = stamp
            return self._facts


def _stamp(path: Path) -> tuple:
    try:
        found = path.stat()
    except OSError:
        return (str(path),)
    return (str(path), found.st_mtime_ns, found.st_size, found.st_ino)


_last_good = _LastGood()


def current() -> Facts:
    """The clinic's facts now. Raises only if there never were good ones."""
    return _last_good.current(settings.CONTENT_DIR / FILE)
