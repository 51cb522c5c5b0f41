"""Passwords that somebody would try first: those with the clinic's words in them, and a short word over and over.

Lists of common passwords hold hardly one that is long enough for us.
"""

import re

from django.conf import settings
from django.core.exceptions import ValidationError

from reentry_site import facts

#: Words of this site that stand in no fact.
OWN_WORDS = ("reentry", "comingback", "thewayback", "callback", "welcomeback")
#: Shorter words are parts of too many others.
SHORTEST = 5


class NoClinicWords:
    """Refuses a password with the clinic's name, city or host in it, however it is parted or written."""

    def validate(self, password: str, user=None) -> None:
        plain = _plain(password)
        if found := sorted(word for word in clinic_words() if word in plain):
            raise ValidationError(f"Leave out what anyone here would try: {', '.join(found)}.", code="clinic_word")

    def get_help_text(self) -> str:
        return "Leave out the clinic’s name and the words of this site."


class NoRepeats:
    """Refuses a password that is something short, over and over (or begun anew): passwordpassword, 123456789123456."""

    def validate(self, password: str, user=None) -> None:
        longest = len(password) * 2 // 3
        if any(password[part:] == password[:-part] for part in range(1, longest + 1)):
            raise ValidationError("This says one short thing again and again. Use other words.", code="repeats")

    def get_help_text(self) -> str:
        return "Do not repeat one word."


def clinic_words() -> set[str]:
    clinic = facts.current()
    named = [clinic.name, *re.split(r"\W+", f"{clinic.name} {clinic.city}"), *clinic.clinicians]
    hosts = [label for host in settings.PUBLIC_HOSTS for label in host.split(".")]
    return {word for word in map(_plain, (*OWN_WORDS, *named, *hosts)) if len(word) >= SHORTEST}


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()
