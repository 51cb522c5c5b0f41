"""`make faults` in short: what a site that is broken and mended owes everyone whom it thanked."""

import sys

import pytest

from tests.faults import faults
from tests.faults.trial import Trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is broken is Linux's own")


def broken_in_short(fault, set_up, tmp_path, monkeypatch, **changes):
    monkeypatch.setattr(faults, "MANY", 10)
    result = Trial.run(set_up, tmp_path / "data", fault, 60, **changes)
    assert result.broken() == {}
    return result.counts


def by_name(name: str):
    [fault] = [fault for fault in faults.FILES if fault.name.startswith(name)]
    return fault


def test_killed_workers_lose_and_double_nothing(set_up, tmp_path, monkeypatch):
    broken_in_short(lambda trial: faults.kill_workers(trial, 3), set_up, tmp_path, monkeypatch)


def test_a_worker_that_dies_before_its_thanks_doubles_nothing(set_up, tmp_path, monkeypatch):
    dying = by_name("dies").environment | {"TRIAL_DIES": "10"}
    counts = broken_in_short(faults.nothing, set_up, tmp_path, monkeypatch, **dying)
    assert counts["dropped"] > 0


def test_while_the_database_is_locked_the_spool_takes_it(set_up, tmp_path, monkeypatch):
    counts = broken_in_short(faults.locked_for(4), set_up, tmp_path, monkeypatch)
    assert counts["spooled"] > 0


def test_while_the_database_is_moved_away_nothing_is_lost(set_up, tmp_path, monkeypatch):
    broken_in_short(by_name("database moved").breaks, set_up, tmp_path, monkeypatch)


def test_where_no_byte_can_be_written_nobody_is_thanked_and_their_words_are_kept(set_up, tmp_path, monkeypatch):
    counts = broken_in_short(by_name("no byte").breaks, set_up, tmp_path, monkeypatch)
    assert counts["refused"] > 0
