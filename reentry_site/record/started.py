"""Puts on the record that the site was started with other settings than the last time: that, never which."""

import json

from django.conf import settings

from intake import vault
from reentry_site.record import chain
from reentry_site.record.chain import Line
from reentry_site.record.models import Entry

WHAT = "The site started with other settings"
FINGERPRINT_LETTERS = 16


def note() -> None:
    """Raises NotWritten."""
    last = Entry.objects.filter(what=WHAT).order_by("-id").values_list("reason", flat=True).first()
    now = fingerprint()
    if now != last:
        chain.write([Line(None, WHAT, reason=now)])


def fingerprint() -> str:
    """Of all settings, by a key: secrets among them cannot be guessed from it. Raises vault.CannotSeal."""
    own = [name for name in sorted(dir(settings)) if name.isupper() and settings.is_overridden(name)]
    values = {name: getattr(settings, name) for name in own}
    return vault.derived("settings", json.dumps(values, default=str).encode()).hex()[:FINGERPRINT_LETTERS]
