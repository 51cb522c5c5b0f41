"""How long a sign-in lasts: a quarter of an hour without a press, ten hours at most, and no longer than its account."""

import datetime

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from intake.attempts import Draft
from intake.models import CallbackRequest
from reentry_site.record.models import Entry
from tests.intake.conftest import store
from tests.project.conftest import APP, CODE, PASSWORD, account, code_of, forget_used_codes, set_up_app, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/intake/callbackrequest/"
SESSIONS = "/account/sessions/"
NEW = "zebra and lighthouse in the rain"


@pytest.fixture
def jo() -> User:
    return account("jo", "triage")


@pytest.fixture
def client(jo) -> Client:
    return sign_in(jo)


def pass_time(client: Client, seconds: int, *names: str) -> None:
    """As if the last press (and the signing in) had been so long ago."""
    session = client.session
    for name in names or ("seen_at",):
        session[name] -= seconds
    session.save()


def is_in(client: Client) -> bool:
    return client.get(DESK).status_code == 200


@pytest.mark.parametrize(("seconds", "stays"), [(14 * 60, True), (15 * 60 + 1, False)])
def test_a_quarter_of_an_hour_without_a_press_signs_off(client, seconds, stays):
    pass_time(client, seconds)
    assert is_in(client) is stays
    assert is_in(client) is stays
    assert Entry.objects.filter(what="Signed off by the clock").count() == (not stays)


@pytest.mark.parametrize(("hours", "stays"), [(9.9, True), (10.1, False)])
def test_ten_hours_sign_off_whoever_presses(client, hours, stays):
    pass_time(client, int(hours * 3600), "signed_in_at")
    assert is_in(client) is stays


def test_each_press_gives_the_whole_time_again(client):
    for _ in range(3):
        pass_time(client, 14 * 60)
        assert is_in(client)


def test_signing_off_leaves_no_session_behind(client):
    pass_time(client, 901)
    client.get(DESK)
    assert not UserSession.objects.exists()
    assert not Session.objects.exists()


def test_what_a_page_asks_by_itself_is_no_press(client):
    stored = store(timezone.now()).request
    for address in (f"{DESK}{stored.pk}/changes/", "/account/left/"):
        pass_time(client, 14 * 60)
        before = client.session["seen_at"]
        assert client.get(address).status_code == 200
        assert client.session["seen_at"] == before
        pass_time(client, -14 * 60)


def test_the_heartbeat_of_an_open_card_counts_while_it_holds_the_call(client, jo):
    stored = store(timezone.now()).request
    hold = f"{DESK}{stored.pk}/hold/"
    pass_time(client, 14 * 60)
    before = client.session["seen_at"]
    assert client.post(hold).status_code == 409
    assert client.session["seen_at"] == before
    CallbackRequest.objects.get(pk=stored.pk).claim(jo, timezone.now())
    assert client.post(hold).status_code == 200
    assert client.session["seen_at"] > before


def test_stay_signed_in_is_a_press_and_asking_how_long_tells_the_seconds(client):
    pass_time(client, 14 * 60)
    assert 55 <= int(client.get("/account/left/").content) <= 60
    assert client.post("/account/stay/").status_code == 204
    assert 895 <= int(client.get("/account/left/").content) <= 900
    assert client.get("/account/stay/").status_code == 405
    assert Client().get("/account/left/").status_code == Client().post("/account/stay/").status_code == 302


def test_a_page_of_the_desk_says_when_it_warns(client):
    page = client.get(DESK).content.decode()
    assert 'id="sign-off"' in page
    assert "sign_off" in page


def test_what_was_pressed_after_the_sign_off_is_told_and_the_card_opens_again(client, jo):
    stored = CallbackRequest.objects.get(pk=store(timezone.now()).request.pk)
    stored.claim(jo, timezone.now())
    client.post(f"{DESK}{stored.pk}/hold/", {"note": "rang long"})
    pass_time(client, 901)
    pressed = client.post(f"{DESK}{stored.pk}/attempt/", {"outcome": "no_answer", "note": "rang long"}, follow=True)
    assert "it was not saved" in pressed.content.decode()
    assert stored.attempts.count() == 0
    sign_in(jo, client=client, next=f"{DESK}{stored.pk}/attempt/")
    card = client.get(client.answer.url, follow=True)
    assert card.redirect_chain == [(f"{DESK}{stored.pk}/change/", 302)]
    words = card.content.decode()
    assert "it was not saved" in words
    assert "rang long" in words
    assert Draft.of(stored, jo) == "rang long"
    assert "it was not saved" not in client.get(DESK).content.decode()


def test_public_pages_touch_no_session(client):
    pass_time(client, 14 * 60)
    before = client.session["seen_at"]
    for address in ("/", "/coming-back/", "/callback/", "/nowhere/"):
        answer = client.get(address)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
    assert client.session["seen_at"] == before


# Other browsers ----------------------------------------------------------------------------------------------------


def two_browsers(jo) -> tuple[Client, Client, str]:
    """Both signed in with the second step, the first one just now; and the secret of the app."""
    first = sign_in(jo)
    secret = set_up_app(first)
    forget_used_codes()
    second = sign_in(jo)
    second.post(CODE, {"code": code_of(secret)})
    assert is_in(first) and is_in(second)
    return first, second, secret


def new_codes(client: Client) -> None:
    client.post("/account/second-step/codes/new/")


def no_app(client: Client) -> None:
    client.post(f"{APP}remove/")


def new_password(client: Client) -> None:
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def the_others(client: Client) -> None:
    client.post(SESSIONS, {"session": "others"})


@pytest.mark.parametrize("change", [new_codes, no_app, new_password, the_others])
def test_a_change_of_password_or_second_step_ends_the_other_sessions_at_once(jo, change):
    first, second, _ = two_browsers(jo)
    change(first)
    assert is_in(first)
    assert not is_in(second)
    assert UserSession.objects.count() == 1
    assert list(Entry.objects.filter(what="Ended a session").values_list("who", "about_user")) == [(jo.pk, jo.pk)]


def test_setting_up_a_second_step_ends_the_other_sessions(jo):
    first, second = sign_in(jo), sign_in(jo)
    set_up_app(first)
    assert is_in(first)
    assert not is_in(second)
    assert UserSession.objects.count() == Session.objects.count() == 1


def test_an_account_that_is_switched_off_is_out_in_both(jo):
    first, second, _ = two_browsers(jo)
    User.objects.update(is_active=False)
    assert not is_in(first)
    assert not is_in(second)


@pytest.mark.parametrize("address", ["/account/sign-out/", "/admin/logout/"])
def test_signing_out_ends_the_session(client, address):
    assert client.get(address, follow=True).status_code == 200  # asks first
    assert is_in(client)
    client.post(address)
    assert not is_in(client)
    assert Entry.objects.order_by("pk").last().what == "Signed out"


def test_old_sessions_are_swept_when_somebody_signs_in(client, jo):
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    sign_in(jo)
    assert Session.objects.count() == 1


# Cookies -----------------------------------------------------------------------------------------------------------


def test_two_cookies_out_of_reach_for_scripts_and_other_sites(client):
    set_up_app(client)  # which leaves a message for the next page
    assert set(client.cookies) == {"staff", "form"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Strict", "/", "")
