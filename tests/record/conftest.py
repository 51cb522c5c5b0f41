"""A record of five entries, and a database that lets them be changed."""

import datetime
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from intake import vault
from reentry_site.record import chain, triggers
from reentry_site.record.chain import Line
from reentry_site.record.models import Entry

DAY = datetime.timedelta(days=1)
#: More than six years, and less, whatever leap days are among them.
OLD, YOUNG = 6 * 366 * DAY, 6 * 365 * DAY - DAY


def ids() -> list[int]:
    return list(Entry.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def written(monkeypatch):
    """Writes one entry as if it were so long ago."""

    def write(ago: datetime.timedelta = 0 * DAY, **fields) -> Entry:
        at = datetime.datetime.now(datetime.UTC) - ago
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: at)
            chain.write([Line(**{"who": 7, "what": "Opened the call card", "request": uuid.uuid4()} | fields)])
        return Entry.objects.latest("pk")

    return write


@pytest.fixture
def five(db, written) -> list[Entry]:
    return [written(about_user=3, reason=f"reason {number}") for number in range(5)]


@pytest.fixture
def unguarded(db):
    """Somebody with the database's own account was here."""
    triggers.drop(connection)


@pytest.fixture
def no_key(settings, tmp_path):
    """The folder of keys has gone."""
    settings.KEYS_DIR = tmp_path / "gone"
    vault.forget_keys()
    yield
    vault.forget_keys()
