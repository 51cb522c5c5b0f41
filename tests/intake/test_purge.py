"""Closed requests are deleted when their time is up, with all that belongs to them, and nothing else is."""

import datetime

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from intake import keeping, queue
from intake.attempts import Draft, StepTaken, Visit
from intake.figures import Figure
from intake.keeping import Outlook
from intake.models import CallbackRequest
from intake.notices import Notice
from intake.record import record
from intake.stopped import StoppedNumber
from intake.vault import keyed_hash
from intake.words import CrisisStep, Outcome, Resolution
from tests.intake.conftest import TUESDAY_10, on_record, withdraw

DAY = datetime.timedelta(days=1)
MANY = 1000 * DAY


def close(request: CallbackRequest, user, resolution=Resolution.DUPLICATE) -> CallbackRequest:
    request.claim(user, TUESDAY_10)
    request.close(user, resolution, TUESDAY_10, note="private line")
    return request


def purge(after: datetime.timedelta) -> int:
    return CallbackRequest.objects.purge(TUESDAY_10 + after)


@pytest.mark.parametrize(
    ("resolution", "days"), [(Resolution.DUPLICATE, 90), (Resolution.CAME_BACK, 90), (Resolution.NOT_A_REQUEST, 30)]
)
def test_a_closed_request_goes_when_its_days_are_over_and_not_before(make_request, jo, resolution, days):
    close(make_request(), jo, resolution)
    assert purge(days * DAY) == 0
    assert purge((days + 1) * DAY) == 1
    assert not CallbackRequest.objects.exists()


def test_an_open_request_is_never_purged(make_request, jo):
    close(make_request(name="Ana"), jo)
    waiting = make_request(name="Sam")
    assert purge(MANY) == 1
    assert CallbackRequest.objects.get() == waiting


def test_nothing_of_it_stays_but_the_record(make_request, jo):
    request = make_request(note="x")
    record(jo, "Opened the call card", request)
    request.claim(jo, TUESDAY_10)
    request.record_attempt(jo, Outcome.ASKED_TO_STOP, TUESDAY_10, note="private line")
    Visit.write(request, jo, TUESDAY_10.date(), TUESDAY_10)
    Draft.keep(request, jo, "half a line")
    StepTaken.objects.create(request=request, made_by=jo, made_at=TUESDAY_10, step=CrisisStep.TOLD)
    of_people = set(apps.get_app_config("intake").get_models()) - {Notice, Figure, StoppedNumber}
    kept = {model: model.objects.count() for model in of_people}
    assert set(kept.values()) == {1}  # each table could keep something

    purge(91 * DAY)

    assert {model.__name__: model.objects.count() for model in kept} == dict.fromkeys((m.__name__ for m in kept), 0)
    assert on_record() == [
        (str(request.pk)[:8], "Opened the call card"),
        (str(request.pk)[:8], "Deleted: past keeping"),
    ]


def test_a_crisis_that_was_taken_back_stays_until_a_person_has_read_it(make_request, jo):
    request = make_request(note="I want to die")
    withdraw(request.versions.get())
    assert purge(MANY) == 0
    request.refresh_from_db()
    request.look_at(jo, TUESDAY_10, note="a clinician called")
    assert purge(MANY) == 1


def test_more_than_one_batch_goes_at_once(make_request, jo, monkeypatch):
    monkeypatch.setattr(queue, "PURGE_BATCH", 2)
    for number in range(5):
        close(make_request(f"+1216555010{number}"), jo)
    assert purge(91 * DAY) == 5
    assert not CallbackRequest.objects.exists()


def test_what_goes_on_one_day_goes_together(make_request, jo):
    """So that the files of the database are written anew once a day at most."""
    _, evening = close(make_request(name="Ana"), jo), close(make_request(name="Sam"), jo)
    CallbackRequest.objects.filter(pk=evening.pk).update(closed_at=TUESDAY_10 + datetime.timedelta(hours=13))
    midnight = datetime.datetime(2026, 6, 2, 4, tzinfo=datetime.UTC)  # in Cleveland, on summer time by then
    assert CallbackRequest.objects.past_keeping(midnight - datetime.timedelta(seconds=1)).count() == 0
    assert CallbackRequest.objects.past_keeping(midnight).count() == 2


def test_a_number_that_asked_us_to_stop_outlives_its_request(make_request, jo):
    request = make_request("+12165550187")
    request.claim(jo, TUESDAY_10)
    request.record_attempt(jo, Outcome.ASKED_TO_STOP, TUESDAY_10)
    purge(MANY)
    assert not CallbackRequest.objects.exists()
    assert StoppedNumber.objects.get().phone_hash == keyed_hash("+12165550187")
    assert make_request("+12165550187", at=TUESDAY_10 + MANY).needs_look


@pytest.fixture
def kept_and_going(make_request, jo) -> set[CallbackRequest]:
    """Two that go, one spam that goes, three that are kept past their days, and two whose days are not over."""
    going = {close(make_request(name=name), jo) for name in ("A", "B")}
    going |= {close(make_request(name="C"), jo, Resolution.NOT_A_REQUEST)}
    held, spam_held, asked, unread = (close(make_request(name=name), jo) for name in ("D", "E", "F", "G"))
    by_id = CallbackRequest.objects.filter
    by_id(pk__in=[held.pk, spam_held.pk]).update(on_hold=True, needs_look=True)
    by_id(pk=spam_held.pk).update(resolution=Resolution.NOT_A_REQUEST)
    by_id(pk=asked.pk).update(ask_again_at=TUESDAY_10 + MANY)
    by_id(pk=unread.pk).update(needs_look=True)
    fresh = close(make_request(name="H"), jo)
    by_id(pk=fresh.pk).update(closed_at=TUESDAY_10 + 90 * DAY)
    make_request(name="I")
    return going


def test_the_outlook_counts_each_once_by_the_first_reason(kept_and_going):
    assert keeping.outlook(TUESDAY_10 + 91 * DAY) == Outlook(closed=2, spam=1, on_hold=2, to_be_read=1, to_be_asked=1)
    assert keeping.outlook(TUESDAY_10 + 31 * DAY) == Outlook(closed=0, spam=1, on_hold=1, to_be_read=0, to_be_asked=0)
    assert set(CallbackRequest.objects.past_keeping(TUESDAY_10 + 91 * DAY)) == kept_and_going


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_would_go_and_deletes_nothing_then_deletes_it(kept_and_going, clock, capsys):
    clock.now = TUESDAY_10 + 91 * DAY
    before = set(CallbackRequest.objects.all())
    numbers = "2 closed for 90 days, 1 that were no request for 30 days.\n"
    kept = "4 kept though past their days: 2 on hold, 1 with a note to be read, 1 to be asked again.\n"

    call_command("purge", "--dry-run")
    assert capsys.readouterr().out == f"3 would be deleted: {numbers}{kept}"
    assert set(CallbackRequest.objects.all()) == before

    call_command("purge")
    assert capsys.readouterr().out == f"3 deleted: {numbers}{kept}"
    assert set(CallbackRequest.objects.all()) == before - kept_and_going

    call_command("purge")
    assert capsys.readouterr().out.startswith("0 deleted: 0 closed")


def test_the_page_for_readers_says_the_same_days(client):
    page = client.get("/privacy/").content.decode()
    assert f"delete it {settings.PURGE_AFTER_DAYS} days later" in page
    assert f"spam goes after {settings.PURGE_SPAM_AFTER_DAYS} days" in page
