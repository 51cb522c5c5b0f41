"""What a client sent, as one value, and what follows from it: the id of its sealed version. It knows no row."""

import dataclasses
import datetime
import json
import unicodedata
import uuid
from collections.abc import Collection, Sequence

from intake import vault
from intake.words import Daypart

#: A press that comes again within this time, with the same words, is the same press (a double tap, Back and resend).
SAME_PRESS = datetime.timedelta(minutes=10)


@dataclasses.dataclass(frozen=True)
class Submission:
    """What a client sent. `phone` is E.164, with `;ext=` where there is one. Skipped = the most private."""

    phone: str
    name: str = ""
    note: str = ""
    voicemail_ok: bool = False
    text_ok: bool = False
    may_say_clinic_name: bool = False
    preferred_times: tuple[str, ...] = ()

    @classmethod
    def from_content(cls, content: dict) -> "Submission":
        """From what was sealed; what an older version of this program did not seal counts as skipped."""
        known = {field.name: content[field.name] for field in dataclasses.fields(cls) if field.name in content}
        return cls(**known | {"preferred_times": tuple(content.get("preferred_times", ()))})

    def content(self) -> dict:
        """As it is sealed: JSON types only."""
        return dataclasses.asdict(self)

    @property
    def last_four(self) -> str:
        return self.phone.partition(";")[0][-4:]

    def phone_hash(self) -> str:
        return vault.keyed_hash(self.phone)

    def main_hash(self) -> str:
        """Finds a number with an extension by the number alone; "" where it has none."""
        main, _, extension = self.phone.partition(";")
        return vault.keyed_hash(main) if extension else ""

    def name_hash(self) -> str:
        """Tells one name from another without saying it; "" where none was given."""
        plain = plain_name(self.name)
        return vault.derived("name", plain.encode()).hex() if plain else ""

    def version_id(self, window: int, closed_before: int = 0) -> uuid.UUID:
        """The id that these words get in this window; every press of them in it has the same.

        `closed_before`: how many requests with these words were closed within the window already.
        """
        sent = json.dumps([self.content(), window, closed_before], sort_keys=True, ensure_ascii=False)
        return uuid.UUID(bytes=vault.derived("version", sent.encode())[:16])


def contact_choices(standing: Sequence[Submission], times: Collection[str]) -> dict[str, bool]:
    """How they may be reached, as a request's fields: a way counts only where all that stands allows it."""
    ways = ("voicemail_ok", "text_ok", "may_say_clinic_name")
    allowed = {way: all(getattr(each, way) for each in standing) for way in ways}
    return allowed | {f"wants_{part}": part in times for part in Daypart}


def window_of(moment: datetime.datetime) -> int:
    """The number of the SAME_PRESS stretch that holds this moment. A press may repeat one of a stretch beside it."""
    return int(moment.timestamp() // SAME_PRESS.total_seconds())


def plain_name(name: str) -> str:
    """A name by its letters alone: case, accents and signs make nobody another person."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
