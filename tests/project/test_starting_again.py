"""Who lost password or second step starts again by a link: once, within half an hour, and what was ends then."""

import threading
import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from reentry_site.accounts import invitations
from reentry_site.accounts.forms import NewPasswordForm
from reentry_site.record.models import Entry
from tests.project.conftest import CODE, account, set_up_app, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "zebra and lighthouse in the rain"
SENT = {"new_password1": NEW, "new_password2": NEW}
DESK = "/admin/intake/callbackrequest/"


@pytest.fixture
def jo() -> User:
    return account("jo", "triage")


@pytest.fixture
def browser(jo) -> Client:
    """Where Jo is signed in, with a second step."""
    client = sign_in(jo)
    set_up_app(client)
    return client


def link(user: User) -> str:
    return "/account/again/" + invitations.again_link(user).rpartition("/account/again/")[2]


def test_the_link_gives_a_new_password_and_ends_what_was(jo, browser):
    new, address = Client(), link(jo)
    sent = new.post(address, SENT)
    assert (sent.status_code, sent.url) == (302, "/admin/")
    assert [each.session_key for each in Session.objects.all()] == [new.session.session_key]
    assert not Authenticator.objects.exists()
    assert browser.get(DESK).status_code == 302
    assert sign_in(jo).answer.status_code == 422  # the old password
    assert sign_in(jo, NEW).answer.url == "/admin/"
    assert new.get("/account/second-step/app/").status_code == 200  # set up anew without typing it again
    assert "Started again by a link: new password, the second step removed" in list(
        Entry.objects.values_list("what", flat=True)
    )


def test_on_a_public_site_a_new_second_step_comes_before_the_desk(jo, browser, settings):
    settings.PUBLIC, settings.PUBLIC_HOSTS, settings.SECURE_SSL_REDIRECT = True, ["care.example.org"], False
    new = Client()
    new.post(link(jo), SENT)
    assert new.get(DESK, follow=True).redirect_chain[-1][0].startswith("/account/second-step/")


def test_until_it_is_used_nothing_ends(jo, browser):
    address = link(jo)
    for look in (Client().get, Client().head):
        assert look(address).status_code == 200
    refused = Client().post(address, SENT | {"new_password2": "something else"})
    assert refused.status_code == 422
    assert browser.get(DESK).status_code == 200
    assert sign_in(jo).answer.url == CODE


def ended(address: str) -> bytes:
    answers = [Client().get(address), Client().post(address, SENT)]
    assert [each.status_code for each in answers] == [410, 410]
    return answers[0].content


def test_every_link_that_is_no_good_gives_the_page_of_an_ended_invitation(jo):
    used, second = link(jo), link(jo)
    Client().post(used, SENT)
    pages = {ended(used), ended(second), ended(f"{used[:-2]}x/"), Client().get("/account/invited/x/").content}
    assert len(pages) == 1


def test_it_ends_when_the_password_changes_by_another_way(jo):
    address = link(jo)
    client = sign_in(jo)
    client.post(
        "/account/password/", {"oldpassword": "a long lamp by the open door", "password1": NEW, "password2": NEW}
    )
    ended(address)


@pytest.mark.parametrize(("age", "status"), [(29 * 60, 200), (30 * 60 + 1, 410)])
def test_it_is_good_for_half_an_hour(jo, monkeypatch, age, status):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - age)
    address = link(jo)
    monkeypatch.undo()
    assert Client().get(address).status_code == status


def test_an_account_that_is_switched_off_stays_off(jo):
    address = link(jo)
    User.objects.update(is_active=False)
    ended(address)
    with pytest.raises(CommandError, match="No account of that user name is switched on"):
        call_command("staff_invite", "--reset", "jo")


def test_of_six_posts_with_one_link_one_is_taken(jo):
    address, together, statuses = link(jo), threading.Barrier(6), []

    def post() -> None:
        browser = Client()
        browser.get(address)
        together.wait()
        statuses.append(browser.post(address, SENT).status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == [302] + [410] * 5


def test_of_two_forms_that_were_good_in_the_same_moment_one_is_taken_and_ends_every_session(jo, browser):
    token = link(jo).removeprefix("/account/again/").strip("/")
    forms = [NewPasswordForm(User.objects.get(pk=jo.pk), SENT) for _ in range(2)]
    assert all(form.is_valid() for form in forms)
    assert [invitations.start_again(token, form) for form in forms] == [jo, None]
    assert not Session.objects.exists()


def test_it_opens_no_invitation_and_no_invitation_starts_anybody_again(jo):
    invited = invitations.new_link("triage").rpartition("/account/invited/")[2]
    ended(f"/account/again/{invited}")
    assert Client().get(link(jo).replace("again", "invited")).status_code == 410


def test_the_command_prints_the_link(jo, capsys):
    call_command("staff_invite", "--reset", "jo")
    printed = capsys.readouterr().out.strip()
    assert printed.startswith("http://localhost:8000/account/again/")
    assert Client().get(printed.removeprefix("http://localhost:8000")).status_code == 200


def test_a_name_that_nobody_has_is_refused():
    with pytest.raises(CommandError, match="No account of that user name is switched on"):
        call_command("staff_invite", "--reset", "nobody")
