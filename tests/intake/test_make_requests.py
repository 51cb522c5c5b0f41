"""Made-up requests look like real ones to the desk, and none has a number that anybody owns."""

import datetime
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from intake.answers import PrivateCode
from intake.attempts import ContactAttempt
from intake.models import CallbackRequest
from intake.words import Resolution, Status
from tests.intake.conftest import TUESDAY_10


def test_made_up_requests_open_and_have_fictional_numbers(db):
    call_command("make_requests", count=30, seed=7)
    sent = [request.submission for request in CallbackRequest.objects.prefetch_related("versions")]
    assert len(sent) == 30
    assert all(re.fullmatch(r"\+1[3-9]\d\d55501\d\d;ext=\d+", each.phone) for each in sent)


def test_the_last_ones_are_open_and_the_rest_is_closed(db, monkeypatch):
    monkeypatch.setattr("intake.management.commands.make_requests.MOST_OPEN", 5)
    call_command("make_requests", count=12)
    assert CallbackRequest.objects.exclude(status=Status.CLOSED).count() == 5
    assert CallbackRequest.objects.filter(status=Status.CLOSED).exclude(resolution="").count() == 7


def test_how_many_are_open_can_be_said(db):
    call_command("make_requests", count=12, open=4)
    assert CallbackRequest.objects.open().count() == 4


def test_each_can_be_found_by_its_reference_and_opened_by_a_private_code(db):
    call_command("make_requests", count=5)
    own = CallbackRequest.objects.values_list("reference", "pk")
    assert set(PrivateCode.objects.values_list("reference", "answers__request")) == set(own)


def test_staff_have_been_at_some_of_the_open_ones(jo, now):
    call_command("make_requests", count=200, seed=7)
    tried = CallbackRequest.objects.open().filter(tries=1)
    assert set(tried.values_list("status", flat=True)) == {Status.TRYING, Status.REACHED, Status.BOOKED}
    assert set(tried) == {attempt.request for attempt in ContactAttempt.objects.all()}
    assert CallbackRequest.objects.filter(crisis=True).exists() and CallbackRequest.objects.needing_a_look().exists()


def test_what_staff_did_about_them_fits_what_they_came_to(db, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TUESDAY_10 + datetime.timedelta(days=1))  # so that some were tried
    call_command("make_requests", count=200, open=60)
    requests = CallbackRequest.objects.prefetch_related("attempts")
    for each in requests:
        made = [attempt.made_at for attempt in each.attempts.all()]
        assert each.tries == len(made)
        assert each.asked_at <= min(made, default=each.asked_at)
        assert max(made, default=each.asked_at) <= (each.closed_at or timezone.now())
        came = each.resolution == Resolution.CAME_BACK and bool(made)
        assert (each.booked_at is not None) == (came or each.status == Status.BOOKED)


def test_a_public_site_takes_none(db, settings):
    settings.PUBLIC = True
    with pytest.raises(CommandError):
        call_command("make_requests", count=1)
    assert not CallbackRequest.objects.exists()
