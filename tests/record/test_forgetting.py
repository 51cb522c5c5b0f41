"""After six years an entry goes, and the chain goes on from where it was."""

import datetime

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from reentry_site.record import chain, daily
from reentry_site.record.models import Anchor
from tests.record.conftest import OLD, YOUNG, ids

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def record(written):
    """Three old ones, two that are kept."""
    return [written(OLD + HOUR), written(OLD + HOUR), written(OLD + HOUR), written(YOUNG), written()]


def forget() -> None:
    daily.forget_old(timezone.now())


def test_the_old_ones_go_and_the_chain_begins_at_the_anchor(record, written):
    forget()
    assert ids() == [4, 5]
    assert chain.start() == (3, record[2].mac)
    written()
    forget()
    assert ids() == [4, 5, 6]
    assert list(chain.faults()) == []


def test_where_all_are_old_the_next_one_follows_the_last(written):
    last = [written(OLD + HOUR), written(OLD + HOUR)][-1]
    forget()
    assert ids() == []
    assert chain.head() == (2, last.mac)
    written()
    assert ids() == [3]
    assert list(chain.faults()) == []


def test_an_old_one_behind_a_young_one_waits(written):
    """By a clock that was set back: the chain has no holes."""
    written(OLD + HOUR), written(YOUNG), written(OLD + HOUR)
    forget()
    assert ids() == [2, 3]


def test_so_many_go_at_once(record, monkeypatch):
    monkeypatch.setattr(daily, "BATCH", 2)
    forget()
    assert ids() == [3, 4, 5]
    forget()
    assert ids() == [4, 5]
    assert list(chain.faults()) == []


def test_where_the_database_says_no_nothing_is_forgotten(record):
    with pytest.raises(DatabaseError):
        daily.forget_old(timezone.now() + OLD)
    assert ids() == [1, 2, 3, 4, 5]
    assert not Anchor.objects.exists()


@pytest.mark.parametrize("field", ["entry", "mac"])
def test_an_anchor_that_was_moved_is_found(record, field):
    forget()
    Anchor.objects.update(**{field: {"entry": 2, "mac": "0" * 64}[field]})
    assert list(chain.faults())[0].startswith("The anchor was changed")


def test_an_anchor_that_was_removed_is_found(record):
    forget()
    Anchor.objects.all().delete()
    assert list(chain.faults()) == ["Entries 1 to 3 are missing."]


def test_what_is_forgotten_while_the_record_is_checked_is_not_missed(record, monkeypatch, capsys):
    read = chain._entries

    def forget_and_read(after):
        forget()
        yield from read(after)

    monkeypatch.setattr(chain, "_entries", forget_and_read)
    call_command("verify_audit")
    assert capsys.readouterr().out.startswith("2 entries, head ")
