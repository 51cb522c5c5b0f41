"""Where somebody is signed in: they see their own sessions alone, and end one or all after a fresh confirmation."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from reentry_site.record.models import Entry
from tests.project.conftest import account, grow_old, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = "/account/sessions/"


@pytest.fixture
def jo() -> User:
    return account("jo", "triage")


@pytest.fixture
def browsers(jo) -> list[Client]:
    """Jo's, the first one of which is looked at, and then Tom's."""
    return [sign_in(jo), sign_in(jo), sign_in(jo), sign_in(account("tom", "triage"))]


def who_is_in(browsers: list[Client]) -> list[bool]:
    return [client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/admin/") for client in browsers]


def choices(client: Client) -> list[str]:
    """What the buttons of the page send."""
    return re.findall(r'name="session" value="(\w+)"', client.get(SESSIONS).content.decode())


def own(client: Client) -> int:
    return UserSession.objects.get(session_key=client.session.session_key).pk


def test_the_page_lists_ones_own_alone(browsers):
    page = browsers[0].get(SESSIONS).content.decode()
    assert (page.count("This browser"), page.count("Another browser")) == (1, 2)
    assert choices(browsers[0]) == [str(own(browsers[1])), str(own(browsers[2])), "others"]
    assert choices(browsers[3]) == []
    assert "You are signed in nowhere else" in browsers[3].get(SESSIONS).content.decode()


def test_one_alone_is_ended_and_it_is_on_the_record(browsers, jo):
    answer = browsers[0].post(SESSIONS, {"session": own(browsers[1])}, follow=True)
    assert "That browser is signed out." in answer.content.decode()
    assert who_is_in(browsers) == [True, False, True, True]
    assert UserSession.objects.count() == Session.objects.count() == 3
    line = Entry.objects.get(what="Ended a session")
    assert (line.who, line.about_user) == (jo.pk, jo.pk)


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        (lambda browsers: "others", [True, False, False, True]),
        (lambda browsers: own(browsers[3]), [True] * 4),
        (lambda browsers: own(browsers[0]), [True] * 4),
        (lambda browsers: "all' OR 1", [True] * 4),
        (lambda browsers: None, [True] * 4),
    ],
    ids=["the others", "a colleague's", "this one", "nonsense", "nothing"],
)
def test_nobody_ends_what_is_not_theirs_or_was_not_named(browsers, chosen, left):
    name = chosen(browsers)
    browsers[0].post(SESSIONS, {} if name is None else {"session": name})
    assert who_is_in(browsers) == left


def test_it_takes_a_fresh_confirmation_and_keeps_nothing_of_the_press(browsers):
    named = own(browsers[1])
    grow_old(browsers[0], 301)
    for answer in (browsers[0].get(SESSIONS), browsers[0].post(SESSIONS, {"session": named, "canary": "canary"})):
        assert answer.url == "/account/confirm/?next=%2Faccount%2Fsessions%2F"
    assert who_is_in(browsers) == [True] * 4
    assert "canary" not in "".join(str(each.get_decoded()) for each in Session.objects.all())


def test_who_is_not_signed_in_sees_none():
    assert Client().get(SESSIONS).url == f"/account/sign-in/?next={SESSIONS}"
