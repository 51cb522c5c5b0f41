"""Closed requests are deleted when their time is up, with all that belongs to them, and nothing else is."""

import datetime

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.management import call_command

from intake import queue
from intake.attempts import Draft, StepTaken, Visit
from intake.figures import Figure
from intake.models import CallbackRequest
from intake.notices import Notice
from intake.record import record
from intake.stopped import StoppedNumber
from intake.words import CrisisStep, Outcome, Resolution
from tests.intake.conftest import TUESDAY_10, withdraw

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
    assert LogEntry.objects.get().object_repr == request.reference


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


def test_the_command_says_how_many_it_deleted(make_request, jo, capsys):
    close(make_request(), jo)  # years ago
    call_command("purge")
    call_command("purge")
    assert capsys.readouterr().out == "1 request was deleted.\n0 requests were deleted.\n"


def test_the_page_for_readers_says_the_same_days(client):
    page = client.get("/privacy/").content.decode()
    assert f"delete it {settings.PURGE_AFTER_DAYS} days later" in page
    assert f"spam goes after {settings.PURGE_SPAM_AFTER_DAYS} days" in page
