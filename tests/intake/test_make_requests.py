"""Made-up requests look like real ones to the desk, and none has a number that anybody owns."""

import re

import pytest
from django.core.management import CommandError, call_command

from intake.models import CallbackRequest
from intake.words import Status


def test_made_up_requests_open_and_have_fictional_numbers(db):
    call_command("make_requests", count=30, seed=7)
    sent = [request.submission for request in CallbackRequest.objects.prefetch_related("versions")]
    assert len(sent) == 30
    assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d;ext=\d+", each.phone) for each in sent)


def test_the_last_ones_are_open_and_the_rest_is_closed(db, monkeypatch):
    monkeypatch.setattr("intake.management.commands.make_requests.MOST_OPEN", 5)
    call_command("make_requests", count=12)
    assert CallbackRequest.objects.exclude(status=Status.CLOSED).count() == 5
    assert CallbackRequest.objects.filter(status=Status.CLOSED).exclude(resolution="").count() == 7


def test_a_public_site_takes_none(db, settings):
    settings.PUBLIC = True
    with pytest.raises(CommandError):
        call_command("make_requests", count=1)
    assert not CallbackRequest.objects.exists()
