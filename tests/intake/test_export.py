"""The export: what is in the file and what never is, who may have it, the record first, and nothing left open."""

import csv
import datetime
import io
import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake import undo
from intake.admin import export
from intake.attempts import Visit
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution
from reentry_site.record import chain, triggers
from reentry_site.record.models import Entry
from tests.intake.conftest import MINUTE, QUEUE, TUESDAY_10, at_once, on_record, staff
from tests.leaks import leaks

EXPORT = QUEUE + "export/"
PERIOD = {"from_day": "2026-03-01", "to_day": "2026-03-31", "reason": "audit"}


@pytest.fixture
def press(client_of, ada):
    """What the supervisor gets for this period; keywords are other fields."""
    client = client_of(ada)
    return lambda **fields: client.post(EXPORT, PERIOD | fields)


def body(answer) -> str:
    return b"".join(answer.streaming_content).decode()


def rows_of(answer) -> list[dict]:
    return list(csv.DictReader(io.StringIO(body(answer), newline="")))


REFUSED = [("", "Was refused: admin:intake_callbackrequest_export")]

# Who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize("group", ["triage", "privacy", "editor", "operator", None])
def test_nobody_but_a_supervisor_may(client_of, make_request, group, method):
    make_request()
    user = staff("Someone", *([group] if group else []))
    assert getattr(client_of(user), method)(EXPORT, PERIOD).status_code == 403
    assert on_record() == REFUSED


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.post(EXPORT, PERIOD).url.startswith("/admin/login/")


def test_a_link_shows_the_form_and_a_post_without_its_token_nothing(client_of, ada, make_request):
    make_request()
    shown = client_of(ada).get(EXPORT, PERIOD)
    assert (shown.status_code, shown["Content-Type"]) == (200, "text/html; charset=utf-8")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(EXPORT, PERIOD).status_code == 403
    assert client_of(ada).put(EXPORT).status_code == 405
    assert on_record() == REFUSED


def test_the_desk_leads_a_supervisor_there_and_nobody_else(page_of, jo, ada):
    assert f'href="{EXPORT}"' in page_of(ada, QUEUE)
    assert EXPORT not in page_of(jo, QUEUE)


# The file -----------------------------------------------------------------------------------------------------


def test_a_file_says_what_was_asked_tried_and_came_of_it_on_the_clinics_clock(press, make_request, jo, now):
    stored = make_request(voicemail_ok=True, preferred_times=("morning", "evening"))
    stored.claim(jo, now + 5 * MINUTE)
    stored.record_attempt(jo, Outcome.NO_ANSWER, now + 5 * MINUTE)
    later = TUESDAY_10 + datetime.timedelta(days=7)  # the clocks have changed in between
    stored.claim(jo, later)
    stored.record_attempt(jo, Outcome.REACHED, later, visit=later.date())
    stored.claim(jo, later)
    stored.close(jo, Resolution.CAME_BACK, later + MINUTE)

    assert rows_of(press()) == [
        {
            "reference": stored.reference,
            "asked_at": "2026-03-03T10:00:00-05:00",
            "call_by": "2026-03-04T18:00:00-05:00",
            "first_try_at": "2026-03-03T10:05:00-05:00",
            "tries": "2",
            "last_outcome": "reached",
            "outcomes": "no_answer; reached",
            "status": "closed",
            "resolution": "came_back",
            "closed_at": "2026-03-10T11:01:00-04:00",
            "voicemail_ok": "yes",
            "text_ok": "no",
            "may_say_clinic_name": "no",
            "preferred_times": "morning; evening",
            "crisis": "no",
            "booked_at": "2026-03-10T11:00:00-04:00",
            "came_back": "yes",
        }
    ]


def test_times_are_those_of_the_clinic_although_the_file_goes_out_after_the_page(press, make_request, clinic_with):
    clinic_with('time_zone: "America/Chicago"\n')  # not the zone in which Django runs
    make_request()
    row = rows_of(press())[0]
    assert (row["asked_at"], row["call_by"]) == ("2026-03-03T09:00:00-06:00", "2026-03-04T18:00:00-06:00")


def test_one_that_nobody_tried_has_empty_cells(press, make_request):
    make_request(crisis=True)
    row = rows_of(press())[0]
    empty = ("first_try_at", "last_outcome", "outcomes", "resolution", "closed_at", "preferred_times", "booked_at")
    assert {name for name, value in row.items() if not value} == set(empty)
    assert (row["status"], row["tries"], row["crisis"], row["came_back"]) == ("new", "0", "yes", "no")


def test_a_try_that_was_undone_is_not_in_the_file(press, make_request, jo):
    stored = make_request()
    stored.claim(jo, TUESDAY_10)
    stored.record_attempt(jo, Outcome.NO_ANSWER, TUESDAY_10)
    undo.undo_last(stored, jo, TUESDAY_10 + MINUTE)
    row = rows_of(press())[0]
    assert (row["tries"], row["outcomes"], row["first_try_at"]) == ("0", "", "")


def test_the_days_are_the_clinics_and_both_are_in(press, make_request):
    first = datetime.datetime(2026, 3, 1, 5, tzinfo=datetime.UTC)  # midnight in Cleveland, and the next one in summer
    after = datetime.datetime(2026, 4, 1, 4, tzinfo=datetime.UTC)
    second = datetime.timedelta(seconds=1)
    inside = [make_request("+12165550101", at=first), make_request("+12165550102", at=after - second)]
    make_request("+12165550103", at=first - second)
    make_request("+12165550104", at=after)
    assert [row["reference"] for row in rows_of(press())] == [each.reference for each in inside]


def test_it_comes_as_a_download_that_nobody_keeps(press, make_request):
    make_request()
    answer = press()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="calls-2026-03-01-to-2026-03-31.csv"'
    assert "no-store" in answer["Cache-Control"]
    text = body(answer)
    assert text.isascii() and text.count("\r\n") == text.count("\n") == 2
    assert text.splitlines()[0] == ",".join(export.COLUMNS)


def test_no_person_is_in_the_file_on_the_page_or_in_the_record(press, make_request, jo, ada, client_of):
    secrets = ("Quillon", "zebra lighthouse marmalade", "+12165550187", "yonder violet anchor")
    stored = make_request("+12165550187", name=secrets[0], note=secrets[1])
    stored.claim(jo, TUESDAY_10)
    stored.record_attempt(jo, Outcome.REACHED, TUESDAY_10, note=secrets[3], visit=TUESDAY_10.date())
    text = body(press())
    leavings = {
        "file": text.encode(),
        "page": client_of(ada).get(EXPORT).content,
        "record": repr(list(Entry.objects.values())).encode(),
    }
    assert leaks(secrets, leavings) == set()
    hashes = (stored.phone_hash, *stored.versions.values_list("name_hash", flat=True))
    assert not [
        each for each in (*hashes, "Jo", "Ada", "jo@", str(stored.pk), str(Visit.objects.get().pk)) if each in text
    ]


# The record ---------------------------------------------------------------------------------------------------


def test_the_export_is_on_the_record_before_the_first_byte_and_each_request_before_its_own(
    press, make_request, ada, monkeypatch
):
    monkeypatch.setattr(export, "BATCH", 1)
    stored = [make_request("+12165550101"), make_request("+12165550102", at=TUESDAY_10 + MINUTE)]
    make_request("+12165550103", at=TUESDAY_10 + datetime.timedelta(days=40))
    lines = [
        ("", "Exported 2 requests, 2026-03-01 to 2026-03-31: Audit"),
        *((each.reference, "Exported") for each in stored),
    ]
    answer = press()
    assert on_record() == lines[:1]
    file = iter(answer.streaming_content)
    assert next(file).startswith(b"reference")
    for number, each in enumerate(stored, start=2):
        assert each.reference.encode() in next(file)
        assert on_record() == lines[:number]
    assert next(file, None) is None
    assert set(Entry.objects.values_list("who", "reason")) == {(ada.pk, "audit")}


def test_one_request_is_said_as_one(press, make_request):
    make_request()
    press()
    assert on_record()[0][1] == "Exported 1 request, 2026-03-01 to 2026-03-31: Audit"


def test_where_the_record_cannot_be_written_nothing_is_sent(press, make_request):
    make_request()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_entry RENAME TO gone")
    with pytest.raises(DatabaseError):
        press()


@pytest.mark.django_db(transaction=True)
def test_where_the_record_takes_no_more_the_file_breaks_off(press, make_request, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 1)
    stored = [make_request("+12165550101"), make_request("+12165550102", at=TUESDAY_10 + MINUTE)]
    file = iter(press().streaming_content)
    got = next(file) + next(file)
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_entry RENAME TO gone")
    try:
        with pytest.raises(chain.NotWritten):
            next(file)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO record_entry")
    assert stored[0].reference.encode() in got and stored[1].reference.encode() not in got


# Batches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requests", [1, 3])
def test_a_batch_costs_the_same_queries_however_many_requests(press, make_request, jo, requests):
    for number in range(requests):
        stored = make_request(f"+1216555010{number}")
        stored.claim(jo, TUESDAY_10)
        stored.record_attempt(jo, Outcome.NO_ANSWER, TUESDAY_10)
    answer = press()
    with CaptureQueriesContext(connection) as queries:
        assert len(rows_of(answer)) == requests
    # the requests, their tries, the record's head, its lines, and a transaction around them; PostgreSQL: its lock
    assert len(queries) == 6 + (connection.vendor == "postgresql")


@pytest.mark.parametrize("requests", [1, 3])
def test_the_press_costs_the_same_queries_however_many_requests(client_of, ada, make_request, requests):
    for number in range(requests):
        make_request(f"+1216555010{number}")
    client = client_of(ada)
    client.post(EXPORT, PERIOD)  # what Django keeps in memory is there from now on
    with CaptureQueriesContext(connection) as queries:
        client.post(EXPORT, PERIOD)
    # session, user, second step, two of permissions, the ids, the record's head, all its lines; PostgreSQL: its lock
    assert len(queries) == 8 + (connection.vendor == "postgresql")


def test_every_request_is_in_one_batch_and_what_was_purged_meanwhile_in_none(press, make_request, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    stored = [make_request(f"+1216555010{number}", at=TUESDAY_10 + number * MINUTE) for number in range(5)]
    answer = press()
    gone = stored.pop(2)
    gone.versions.all().delete()
    CallbackRequest.objects.filter(pk=gone.pk).delete()
    assert [row["reference"] for row in rows_of(answer)] == [each.reference for each in stored]


@pytest.mark.django_db(transaction=True)
def test_somebody_can_write_between_two_batches(press, make_request, monkeypatch):
    """No cursor stays open while a slow reader takes the file: on SQLite it would hold up every client who sends."""
    monkeypatch.setattr(export, "BATCH", 150)  # more than Django reads from a cursor at once
    call_command("make_requests", count=300)
    today = timezone.localdate()
    blocks = iter(press(from_day=today - datetime.timedelta(days=4), to_day=today).streaming_content)
    heads = [next(blocks), next(blocks)]

    at_once(lambda: make_request("+12165559999"))

    assert not connection.in_atomic_block
    assert CallbackRequest.objects.count() == 301
    assert len([*csv.reader(io.StringIO(b"".join([*heads, *blocks]).decode()))]) == 301


@pytest.mark.django_db(transaction=True)
def test_a_download_that_is_given_up_leaves_nothing_open(press, make_request, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 1)
    make_request("+12165550101"), make_request("+12165550102")
    answer = press()
    blocks = iter(answer.streaming_content)
    next(blocks), next(blocks)
    zone = timezone.get_current_timezone_name()

    answer.close()

    assert timezone.get_current_timezone_name() == zone
    assert [*blocks] == []
    at_once(lambda: make_request("+12165559999"))
    assert CallbackRequest.objects.count() == 3


# What is refused ----------------------------------------------------------------------------------------------


def test_a_period_in_which_nobody_asked_gives_no_file(press, make_request):
    make_request()
    answer = press(from_day="2026-02-01", to_day="2026-02-28")
    assert answer.status_code == 422
    assert "Nobody asked for a call in these days." in answer.content.decode()
    assert "Content-Disposition" not in answer
    assert on_record() == []


def test_more_than_can_go_on_the_record_at_once_are_refused(press, make_request, monkeypatch):
    monkeypatch.setattr(export, "MOST", 1)
    make_request("+12165550101")
    assert press().status_code == 200
    make_request("+12165550102")
    answer = press()
    assert answer.status_code == 422
    assert "More than 1 people asked in these days. Pick fewer days." in answer.content.decode()
    assert len(on_record()) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"from_day": ""}, "Pick a day."),
        ({"from_day": "yesterday"}, "Pick a day, like 2026-11-24."),
        ({"from_day": "2026-02-30"}, "Pick a day, like 2026-11-24."),
        ({"from_day": "0001-01-01", "to_day": "0001-01-01"}, "Type the year with all four digits."),
        ({"to_day": "9999-12-31"}, "Pick today or a day before."),
        ({"from_day": "2026-04-01"}, "The last day comes before the first one."),
        ({"from_day": "2023-03-31"}, "Two years at a time at most."),
        ({"reason": ""}, "Pick why."),
        ({"reason": "Sam asked"}, "Pick one of these reasons."),
        ({"from_day": "\0", "reason": "\0"}, "2 things"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(press, make_request, fields, words):
    make_request()
    answer = press(**fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in re.sub(r"\s+", " ", page)
    for name in ("from_day", "to_day"):
        assert f'name="{name}" type="date" required value="{(PERIOD | fields)[name]}"' in page
    assert on_record() == []


def test_two_whole_years_are_taken(press, make_request):
    make_request()
    assert press(from_day="2024-03-31").status_code == 200
