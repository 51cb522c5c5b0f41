"""The chain: whatever is done to one entry, wherever it stands, is found and named."""

import datetime
import uuid

import pytest
from django.db import OperationalError, connection, transaction

from reentry_site.record import chain
from reentry_site.record.chain import Line, NotWritten
from reentry_site.record.models import Entry
from tests.intake.conftest import at_once
from tests.record.conftest import ids

EVERY = range(1, 6)
CHANGED = {
    "at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    "who": 8,
    "what": "Closed: Duplicate",
    "request": uuid.UUID(int=1),
    "about_user": None,
    "reason": "",
}


def broken(number: int) -> str:
    return f"Entry {number} was changed or put in, or does not follow the one before it."


def faults() -> list[str]:
    return list(chain.faults())


def renumber(number: int, to: int) -> None:
    Entry.objects.filter(pk=number).update(id=to)


def test_what_was_written_is_in_order_and_without_a_fault(five):
    assert ids() == list(EVERY)
    assert faults() == []
    assert chain.head() == (5, five[-1].mac)
    assert len({each.mac for each in five}) == 5


@pytest.mark.parametrize("field", CHANGED)
@pytest.mark.parametrize("number", EVERY)
def test_an_entry_that_was_changed_is_named(five, unguarded, number, field):
    Entry.objects.filter(pk=number).update(**{field: CHANGED[field]})
    assert faults() == [broken(number)]


@pytest.mark.parametrize("number", EVERY)
def test_a_hash_that_was_changed_is_named(five, unguarded, number):
    Entry.objects.filter(pk=number).update(mac="0" * 63 + "1")
    assert faults() == [broken(each) for each in (number, number + 1) if each <= 5]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_an_entry_that_was_removed_is_named(five, unguarded, number):
    Entry.objects.filter(pk=number).delete()
    assert faults() == [f"Entry {number} is missing."]


def test_several_that_were_removed_are_named_at_once(five, unguarded):
    Entry.objects.filter(pk__in=[1, 2, 3]).delete()
    assert faults() == ["Entries 1 to 3 are missing."]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_one_that_was_removed_and_its_gap_closed_is_found(five, unguarded, number):
    Entry.objects.filter(pk=number).delete()
    for later in range(number + 1, 6):
        renumber(later, later - 1)
    assert broken(number) in faults()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_two_that_changed_places_are_named(five, unguarded, number):
    renumber(number, 99)
    renumber(number + 1, number)
    renumber(99, number + 1)
    assert faults()[:2] == [broken(number), broken(number + 1)]


@pytest.mark.parametrize("number", [0, *EVERY, 6])
def test_one_that_was_put_in_is_named(five, unguarded, number):
    for later in range(5, number - 1, -1):
        renumber(later, later + 1)
    Entry.objects.create(pk=number, at=five[0].at, who=7, what="x", mac="f" * 64)
    assert broken(number) in faults()


def test_a_number_that_changed_alone_is_found(five, unguarded):
    renumber(5, 6)
    assert faults() == ["Entry 5 is missing."]


def test_more_than_one_batch_is_walked(five, unguarded, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 2)
    Entry.objects.filter(pk__in=[2, 5]).update(who=8)
    assert faults() == [broken(2), broken(5)]


def test_every_column_is_in_the_hash(five):
    """Also one that is added one day."""
    changed = CHANGED | {"id": 99}
    assert changed.keys() == {field.name for field in Entry._meta.fields} - {"mac"}
    for name, value in changed.items():
        entry = Entry.objects.get(pk=3)
        setattr(entry, name, value)
        assert chain.mac_of(five[1].mac, entry) != five[2].mac, name


# Writing ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_many_lines_are_one_chain_and_none_is_nothing(monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 2)
    chain.write([])
    chain.write([Line(7, f"line {number}") for number in range(5)])
    assert list(Entry.objects.order_by("pk").values_list("what", flat=True)) == [f"line {n}" for n in range(5)]
    assert faults() == []


@pytest.mark.django_db
def test_a_line_that_is_too_long_is_cut_and_keeps_nothing_from_being_done():
    chain.write([Line(7, "x" * 500, reason="y" * 500)])
    entry = Entry.objects.get()
    assert (entry.what, entry.reason) == ("x" * 160, "y" * 40)
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_leaves_no_gap():
    chain.write([Line(7, "first")])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        chain.write([Line(7, "taken back")])
        raise ZeroDivisionError
    chain.write([Line(7, "second")])
    assert list(Entry.objects.order_by("pk").values_list("pk", "what")) == [(1, "first"), (2, "second")]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_those_who_write_at_once_make_one_chain():
    def write():
        for number in range(5):
            with transaction.atomic():
                chain.write([Line(7, f"line {number}"), Line(7, f"and {number}")])

    at_once(*[write] * 4)
    assert ids() == list(range(1, 41))
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_without_its_key_nothing_is_written_as_if_the_database_were_away(no_key):
    with pytest.raises(NotWritten) as told:
        chain.write([Line(7, "x")])
    assert isinstance(told.value, OperationalError)
    assert ids() == []


@pytest.mark.django_db(transaction=True)
def test_without_its_table_too():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_entry RENAME TO gone")
    try:
        with pytest.raises(NotWritten):
            chain.write([Line(7, "x")])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO record_entry")
