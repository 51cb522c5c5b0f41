"""Staff who sign in for real: with a password, an app's code, a recovery code."""

import re
import time

import pytest
from allauth.mfa.totp.internal import auth
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

PASSWORD = "a long lamp by the open door"
SIGN_IN = "/account/sign-in/"
CODE = "/account/sign-in/code/"
APP = "/account/second-step/app/"


@pytest.fixture(autouse=True)
def no_tries_yet(request):
    """The shared cache is no model's table: what a test with transactions of its own left there is still there."""
    marked = request.node.get_closest_marker("django_db")
    if marked and marked.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        cache.clear()


@pytest.fixture(autouse=True)
def half_minute(monkeypatch):
    """The apps' clock stands in the middle of a half minute, so that no code ends while it is typed."""

    class Clock:
        now = time.time() // 30 * 30 + 15

        @classmethod
        def time(cls) -> float:
            return cls.now

    monkeypatch.setattr(auth, "time", Clock)
    return Clock


def account(name: str, *roles: str, **fields) -> User:
    user = User.objects.create_user(name, password=PASSWORD, first_name=name.title(), is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def sign_in(user: User | str, password: str = PASSWORD, client: Client | None = None, **more):
    """The browser, after the password was sent; `.answer` is what came back."""
    client = client or Client()
    client.answer = client.post(SIGN_IN, {"login": str(user), "password": password} | more)
    return client


def code_of(secret: str) -> str:
    """What an app shows now that has this secret."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(auth.time.time()) // 30))


def secret_on(page: HttpResponse) -> str:
    """Read as a person does who has no camera."""
    return re.search(r'id="secret">(\w+)<', page.content.decode())[1]


def set_up_app(client: Client) -> str:
    """Its secret."""
    secret = secret_on(client.get(APP))
    done = client.post(APP, {"code": code_of(secret)})
    assert done.status_code == 302, done.content.decode()
    return secret


def recovery_codes(client: Client) -> list[str]:
    """Those that the page shows: all of them the first time, none afterwards."""
    return re.findall(r"<li><code>(\d+)</code>", client.get("/account/second-step/codes/").content.decode())


def forget_used_codes() -> None:
    """As after half a minute: what was typed may be typed again, were it still shown."""
    cache.clear()


def grow_old(client: Client, seconds: int) -> None:
    """As if all that was confirmed in this session had been confirmed so long ago."""
    session = client.session
    for each in session["account_authentication_methods"]:
        each["at"] -= seconds
    session.save()
