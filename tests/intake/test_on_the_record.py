"""What goes on the record besides what is done at the desk: keys, settings, accounts, deleting, and what was before."""

import datetime
import importlib
import shutil
import uuid

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from intake import keeping, vault
from intake.management.commands import rotate_keys
from intake.models import CallbackRequest
from intake.words import Resolution
from reentry_site import data_dir
from reentry_site.record import chain, started
from reentry_site.record.models import Entry
from tests.intake.conftest import TUESDAY_10, card, staff


def lines(*fields: str) -> list[tuple]:
    return list(Entry.objects.order_by("pk").values_list(*fields))


@pytest.fixture
def keys(settings, tmp_path):
    settings.KEYS_DIR = shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")


# Keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_that_is_made_or_forgotten_is_on_the_record(keys, monkeypatch):
    monkeypatch.setattr(rotate_keys, "SETTLED", -1)
    call_command("rotate_keys", "--new-key")
    call_command("rotate_keys", "--forget-old")
    assert lines("who", "what") == [(None, "Made key 2"), (None, "Forgot key 1")]


@pytest.mark.django_db(transaction=True)
def test_where_the_record_takes_no_entry_no_key_is_made_or_forgotten(keys, monkeypatch):
    call_command("rotate_keys", "--new-key")
    monkeypatch.setattr(rotate_keys, "SETTLED", -1)
    monkeypatch.setattr(chain, "mac_of", lambda *given: 1 / 0)
    for option in ("--new-key", "--forget-old"):
        with pytest.raises(ZeroDivisionError):
            call_command("rotate_keys", option)
    assert vault.key_numbers() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_not_made_is_not_on_the_record(keys, monkeypatch):
    monkeypatch.setattr(data_dir, "write_once", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("rotate_keys", "--new-key")
    assert lines("what") == []


# What was refused ---------------------------------------------------------------------------------------------


def test_a_page_that_is_refused_to_somebody_who_is_signed_in_is_on_the_record(client_of, jo, make_request):
    client = client_of(jo)
    assert client.get(reverse("admin:intake_callbackrequest_charts")).status_code == 403
    assert client.get(card(make_request(), "delete")).status_code == 403
    assert lines("who", "what", "request") == [
        (jo.pk, "Was refused: admin:intake_callbackrequest_charts", None),
        (jo.pk, "Was refused: admin:intake_callbackrequest_delete", None),
    ]


def test_a_page_of_another_sites_making_that_posts_for_somebody_is_on_the_record(jo):
    client = Client(enforce_csrf_checks=True)
    client.force_login(jo)
    assert client.post(reverse("admin:intake_callbackrequest_find"), {"who": "canary"}).status_code == 403
    assert lines("who", "what") == [(jo.pk, "Was refused: admin:intake_callbackrequest_find")]


@pytest.mark.django_db
def test_what_is_refused_to_a_stranger_leaves_no_line():
    assert Client(enforce_csrf_checks=True).post("/account/sign-in/", {"login": "jo"}).status_code == 403
    assert lines("what") == []


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_all_the_same_where_the_record_takes_no_line(client_of, jo, monkeypatch):
    def no_key(*given):
        raise vault.CannotSeal("no key")

    monkeypatch.setattr(chain, "mac_of", no_key)
    answer = client_of(jo).get(reverse("admin:intake_callbackrequest_charts"))
    assert (answer.status_code, b"You may not open this" in answer.content) == (403, True)


# Settings -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_start_with_other_settings_is_on_the_record_once(settings):
    started.note()
    started.note()
    settings.PURGE_AFTER_DAYS = 1
    started.note()
    started.note()
    found = lines("who", "what", "reason")
    assert [line[:2] for line in found] == [(None, started.WHAT)] * 2
    assert found[0][2] != found[1][2]
    assert {len(line[2]) for line in found} == {16}


@pytest.mark.django_db
def test_a_secret_that_changed_counts_and_is_not_told(settings):
    before = started.fingerprint()
    settings.SECRET_KEY = "another one that is long enough"
    assert started.fingerprint() != before


# Accounts -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_changed_of_an_account_is_on_the_record(client_of):
    olga, tom = staff("Olga", "operator"), staff("Tom", "triage")
    address = reverse("admin:auth_user_change", args=[tom.pk])
    sent = {"first_name": "Tom", "last_name": "", "email": "tom@clinic.example", "is_active": "on"}
    client_of(olga).post(address, sent | {"groups": [Group.objects.get(name="supervisor").pk]})
    assert lines("who", "about_user", "what") == [
        (olga.pk, tom.pk, "Changed the email address"),
        (olga.pk, tom.pk, "Changed the groups from triage to supervisor"),
    ]


# Deleting -----------------------------------------------------------------------------------------------------


def close(request: CallbackRequest, user: User) -> None:
    request.claim(user, TUESDAY_10)
    request.close(user, Resolution.DUPLICATE, TUESDAY_10)


def test_each_deleted_request_is_on_the_record_with_who_asked(make_request, jo, pat):
    for number, by in ((1, None), (2, pat.pk)):
        request = make_request(f"+1216555010{number}")
        close(request, jo)
        keeping.purge(TUESDAY_10 + datetime.timedelta(days=91), by)
        assert lines("who", "what", "request", "reason")[-1] == (
            by,
            "Deleted: past keeping",
            request.pk,
            request.reference,
        )


@pytest.mark.django_db(transaction=True)
def test_where_the_record_takes_no_entry_nothing_is_deleted(make_request, jo, monkeypatch):
    close(make_request(), jo)
    monkeypatch.setattr(chain, "mac_of", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keeping.purge(TUESDAY_10 + datetime.timedelta(days=91))
    assert CallbackRequest.objects.exists()


# Before -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_was_recorded_before_there_was_a_chain_is_in_it(jo):
    migration = importlib.import_module("reentry_site.record.migrations.0002_from_the_log_of_the_admin")
    of_request, of_user = (ContentType.objects.get_for_model(model) for model in (CallbackRequest, User))
    pk = uuid.uuid4()
    for minute, kind, of, what in (
        (2, of_request, str(pk), "Took the call"),
        (1, of_request, str(pk), "Opened the call card"),
        (3, of_request, None, "x" * 200),
        (4, of_user, str(jo.pk), "Changed Groups."),
    ):
        line = LogEntry.objects.create(
            user=jo, content_type=kind, object_id=of, object_repr="ABCD-2345", action_flag=2, change_message=what
        )
        LogEntry.objects.filter(pk=line.pk).update(action_time=TUESDAY_10 + minute * datetime.timedelta(minutes=1))

    migration.copy(apps, None)

    assert lines("who", "what", "request") == [
        (jo.pk, "Opened the call card", pk),
        (jo.pk, "Took the call", pk),
        (jo.pk, "x" * 160, None),
    ]
    assert Entry.objects.earliest("pk").at == TUESDAY_10 + datetime.timedelta(minutes=1)
    assert list(chain.faults()) == []
    chain.write([chain.Line(jo.pk, "Gave the call back", pk)])
    assert list(chain.faults()) == []
