"""The day on which each page's words last changed, kept in DATA_DIR: the times of files are those of a copy."""

import datetime
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from django.utils import timezone

from reentry_site import data_dir
from reentry_site.facts import Facts
from reentry_site.pages import markdown
from reentry_site.pages.edition import Edition
from reentry_site.pages.page import Page

FILE = "last-changed.json"


def read(folder: Path) -> Mapping[str, str]:
    """Address → day (ISO 8601), as it was kept."""
    return {path: day for path, (_, day) in _record(folder).items()}


def keep(folder: Path, published: Edition, today: datetime.date | None = None) -> None:
    """Write down the day of what is new or other than before. Several processes may do so at once, and write the same.

    Words keep their day when their file is renamed.
    """
    before = _record(folder)
    days = dict(before.values())
    day = (today or timezone.localdate()).isoformat()
    prints = {path: _fingerprint(page, published.facts) for path, page in published.pages.items()}
    record = {path: [print_, days.get(print_, day)] for path, print_ in prints.items()}
    if record != before:
        data_dir.write(folder / FILE, json.dumps(record, indent=1, sort_keys=True).encode())


def _record(folder: Path) -> dict[str, list[str]]:
    """Address → [fingerprint, day]."""
    try:
        read = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {path: [print_, day] for path, (print_, day) in read.items()}
    except (OSError, ValueError, TypeError, AttributeError):  # none, or not ours: every page is new today
        return {}


def _fingerprint(page: Page, facts: Facts) -> str:
    """Of the text as typed, with the facts in it: a new phone number changes a page, a new look doesn't."""
    return hashlib.sha256(markdown.fill(page.text, facts).encode()).hexdigest()
