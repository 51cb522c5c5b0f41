"""`manage.py verify_audit`, and the head that the log tells once a day."""

import json
import logging

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from reentry_site.logs import AllowedFields
from reentry_site.record import daily, triggers
from reentry_site.record.models import Entry


def test_it_says_how_many_there_are_and_the_head(five, capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == f"5 entries, head {five[-1].mac}\n"


@pytest.mark.django_db
def test_a_record_of_nothing_is_whole(capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == f"0 entries, head {'0' * 64}\n"


def test_it_ends_with_one_and_names_what_is_wrong(five, unguarded, capsys):
    Entry.objects.filter(pk=2).update(who=8)
    Entry.objects.filter(pk=4).delete()
    triggers.ensure(connection)
    with pytest.raises(CommandError, match="2 faults"):
        call_command("verify_audit")
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Entry 2 was changed or put in, or does not follow the one before it.",
        "Entry 4 is missing.",
    ]


def test_a_cut_tail_shows_by_a_head_that_was_logged(five, capsys):
    call_command("verify_audit", "--head", five[3].mac)
    triggers.drop(connection)
    Entry.objects.filter(pk__gte=4).delete()
    triggers.ensure(connection)
    call_command("verify_audit")  # the chain alone tells nothing
    with pytest.raises(CommandError, match="1 fault\\."):
        call_command("verify_audit", "--head", five[3].mac)
    assert "This head is not in the record" in capsys.readouterr().out


def test_without_its_key_it_says_that_it_could_not_be_read(five, no_key):
    with pytest.raises(CommandError, match="could not be read"):
        call_command("verify_audit")


def test_the_log_tells_the_head_and_nothing_else_of_it(five, caplog):
    with caplog.at_level(logging.INFO):
        daily.say_head(timezone.now())
    [line] = [json.loads(AllowedFields().format(each)) for each in caplog.records]
    assert line["record_head"] == five[-1].mac
    assert line.keys() == {"time", "level", "logger", "place", "record_head"}
