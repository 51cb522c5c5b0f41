"""Signing in: a password and a second step. Nobody sees a page of the staff side before both."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from reentry_site.accounts import sign_in_urls
from reentry_site.accounts.adapters import MFAAdapter
from reentry_site.record.models import Entry
from tests.project.conftest import (
    APP,
    CODE,
    PASSWORD,
    SIGN_IN,
    account,
    code_of,
    forget_used_codes,
    grow_old,
    recovery_codes,
    secret_on,
    set_up_app,
    sign_in,
)

pytestmark = pytest.mark.django_db(transaction=True)
CODE_AGAIN = "/account/confirm/code/"
RECORDS = "account_authentication_methods"
DESK = "/admin/intake/callbackrequest/"
STAFF_PAGES = ("/admin/", DESK, "/admin/auth/user/", "/admin/pages/", "/admin/jsi18n/", "/admin/nowhere/")


@pytest.fixture
def jo() -> User:
    return account("jo", "triage", "editor", "operator")


@pytest.fixture
def with_app(jo) -> tuple[Client, str]:
    """Jo's browser, where an app has just been set up, and the app's secret."""
    client = sign_in(jo)
    return client, set_up_app(client)


def lines() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("what", flat=True))


def where_to(client: Client, address: str) -> str | None:
    """Where it leads in the end who asks for this page; None where the page opens."""
    answer = client.get(address, follow=True)
    return answer.redirect_chain[-1][0].partition("?")[0] if answer.redirect_chain else None


# The second step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", STAFF_PAGES)
def test_on_a_public_site_no_staff_page_opens_before_there_is_a_second_step(settings, jo, address):
    settings.PUBLIC = True
    settings.SECURE_SSL_REDIRECT = False
    client = sign_in(jo)
    assert where_to(client, address) == "/account/second-step/"
    set_up_app(client)
    assert where_to(client, DESK) is None


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("address", STAFF_PAGES)
def test_who_has_a_second_step_takes_it_everywhere(settings, with_app, jo, address, public):
    settings.PUBLIC = public
    stolen = Client()
    stolen.force_login(jo)  # a session that knows of the password alone
    assert where_to(stolen, address) == "/account/confirm/code/"
    assert stolen.post(address).status_code in {302, 404}
    assert not stolen.get(address).content


def test_on_this_machine_alone_it_may_wait_and_the_desk_says_so(jo):
    client = sign_in(jo)
    assert client.answer.url == "/admin/"
    assert "Set up a second step" in client.get(DESK).content.decode()
    set_up_app(client)
    assert "Set up a second step" not in client.get(DESK).content.decode()


def test_signing_in_asks_for_the_code_after_the_password(with_app, jo):
    forget_used_codes()
    client = sign_in(jo, next=DESK)
    assert client.answer.url == CODE
    assert where_to(client, DESK) == CODE
    assert client.post(CODE, {"code": "000000"}).status_code == 422
    answer = client.post(CODE, {"code": code_of(with_app[1])})
    assert (answer.status_code, answer.url) == (302, DESK)
    assert where_to(client, DESK) is None


def test_a_removed_second_step_counts_no_longer(settings, with_app):
    settings.PUBLIC = True
    settings.SECURE_SSL_REDIRECT = False
    client, _ = with_app
    assert where_to(client, DESK) is None
    client.post(f"{APP}remove/")
    assert not Authenticator.objects.exists()
    assert where_to(client, DESK) == "/account/second-step/"


def test_one_that_was_removed_elsewhere_counts_no_longer(settings, with_app, jo):
    """Straight in the database, so that the session itself goes on."""
    settings.PUBLIC = True
    settings.SECURE_SSL_REDIRECT = False
    Authenticator.objects.all().delete()
    assert where_to(with_app[0], DESK) == "/account/second-step/"


def test_one_that_was_replaced_elsewhere_confirms_nothing(with_app):
    app = Authenticator.objects.get(type="totp")
    app.delete()
    app.save()  # under a number of its own
    assert with_app[0].get("/account/password/").url.startswith("/account/confirm/code/")


def test_a_used_code_is_taken_no_second_time_not_even_when_it_is_forgotten(with_app, jo, half_minute):
    forget_used_codes()
    used = code_of(with_app[1])
    assert sign_in(jo).post(CODE, {"code": used}).status_code == 302
    assert sign_in(jo).post(CODE, {"code": used}).status_code == 422
    half_minute.now += 31
    forget_used_codes()
    assert sign_in(jo).post(CODE, {"code": used}).status_code == 422
    assert sign_in(jo).post(CODE, {"code": code_of(with_app[1])}).status_code == 302


def test_the_code_that_set_the_app_up_signs_nobody_in(with_app, jo, half_minute):
    _, secret = with_app
    assert sign_in(jo).post(CODE, {"code": code_of(secret)}).status_code == 422
    half_minute.now += 30
    assert sign_in(jo).post(CODE, {"code": code_of(secret)}).status_code == 302


def test_recovery_codes_are_shown_once_and_each_opens_the_desk_once(with_app, jo):
    client, _ = with_app
    codes = recovery_codes(client)
    assert len(set(codes)) == 10
    assert recovery_codes(client) == []
    lost = sign_in(jo)
    assert lost.post(CODE, {"code": codes[0]}).status_code == 302
    assert where_to(lost, DESK) is None
    assert sign_in(jo).post(CODE, {"code": codes[0]}).status_code == 422


def test_who_came_in_by_a_recovery_code_makes_new_ones_and_stays_in(with_app, jo):
    lost = sign_in(jo)
    lost.post(CODE, {"code": recovery_codes(with_app[0])[0]})
    lost.post("/account/second-step/codes/new/")
    assert where_to(lost, DESK) is None


def test_secrets_are_sealed_in_the_database(with_app):
    _, secret = with_app
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not re.search(r'"seed": "[0-9a-f]{80}"', kept)
    assert {each.wrap().instance.type for each in Authenticator.objects.all()} == {"totp", "recovery_codes"}


def test_the_secret_is_sealed_while_its_first_code_is_waited_for(jo):
    client = sign_in(jo)
    secret, kept = secret_on(client.get(APP)), [str(client.session.items())]
    drawn = client.get(f"{APP}picture/").content.decode()
    assert drawn == MFAAdapter().build_totp_svg(MFAAdapter().build_totp_url(jo, secret))
    wrong = client.post(APP, {"code": "000000"})
    assert (wrong.status_code, secret_on(wrong)) == (422, secret)
    kept.append(str(client.session.items()))
    assert client.post(APP, {"code": code_of(secret)}).status_code == 302
    assert MFAAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret
    kept.append(str(client.session.items()))
    assert [SECRET_SESSION_KEY in each for each in kept] == [True, True, False]
    assert secret not in "".join(kept)


def test_the_picture_for_the_app_is_an_image_of_its_own(jo):
    client = sign_in(jo)
    assert client.get(f"{APP}picture/").status_code == 404  # nothing is being set up
    page = client.get(APP).content.decode()
    assert "data:" not in page
    assert re.search(r'<img[^>]*alt="A picture for your app', page)
    drawn = client.get(f"{APP}picture/")
    assert drawn["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert drawn["Cache-Control"] == "no-store"
    assert drawn.content.startswith(b"<?xml")
    grow_old(client, 301)
    assert client.get(f"{APP}picture/").status_code == 404
    assert Client().get(f"{APP}picture/").status_code == 302


# Confirming that it is you -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/account/password/",
        APP,
        f"{APP}remove/",
        "/account/second-step/passkeys/add/",
        "/account/second-step/codes/new/",
        "/account/second-step/codes/",
    ],
)
def test_password_and_second_step_change_only_after_a_fresh_confirmation(with_app, address):
    client, _ = with_app
    if address == APP:
        Authenticator.objects.filter(type="totp").update(type="webauthn")
    grow_old(client, 301)
    kept = list(Authenticator.objects.values_list("pk", "data"))
    for method in (client.get, client.post)[: 1 if address.endswith("codes/") else 2]:
        assert method(address).url.startswith("/account/confirm/")
    assert list(Authenticator.objects.values_list("pk", "data")) == kept


def test_a_password_alone_changes_no_second_step(with_app, jo):
    stolen = Client()
    stolen.force_login(jo)
    assert stolen.post("/account/confirm/", {"password": PASSWORD}).url == "/account/confirm/code/"
    assert stolen.get(f"{APP}remove/").url.startswith("/account/confirm/code/")


def test_a_confirmation_leads_back_to_where_it_was_asked_for(with_app):
    client, secret = with_app
    grow_old(client, 301)
    asked = client.get("/account/password/").url
    forget_used_codes()
    answer = client.post("/account/confirm/code/", {"code": code_of(secret), "next": "/account/password/"})
    assert asked == "/account/confirm/code/?next=/account/password/".replace(
        "/account/password/", "%2Faccount%2Fpassword%2F"
    )
    assert answer.url == "/account/password/"
    assert client.get("/account/password/").status_code == 200


@pytest.mark.parametrize("way", ["password", "code", "recovery code"])
def test_a_confirmation_gives_the_session_another_key_and_keeps_what_it_knows(jo, way):
    client = sign_in(jo)
    address, typed = "/account/confirm/", {"password": PASSWORD}
    if way != "password":
        secret = set_up_app(client)
        forget_used_codes()
        typed = {"code": code_of(secret) if way == "code" else recovery_codes(client)[0]}
        address = CODE_AGAIN
    assert where_to(client, DESK) is None
    stolen = Client()
    stolen.cookies["staff"] = before = client.cookies["staff"].value
    assert where_to(stolen, DESK) is None
    knew = dict(client.session.items())
    assert client.post(address, typed).status_code == 302
    assert client.cookies["staff"].value != before
    assert where_to(stolen, DESK) == "/account/sign-in/"
    assert where_to(client, DESK) is None
    knows = dict(client.session.items())
    assert knows.pop(RECORDS)[:-1] == knew.pop(RECORDS)
    assert knows == knew  # when the last press was and the signing in, too
    assert set(UserSession.objects.values_list("session_key", flat=True)) == {client.session.session_key}
    assert Session.objects.count() == 1


def test_nothing_that_was_posted_is_kept_in_a_session(with_app):
    client, _ = with_app
    client.get(DESK)
    grow_old(client, 301)
    new = "zebra lighthouse marmalade"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new, "code": "canary"}
    for address in ("/account/password/", APP, f"{APP}remove/", "/account/second-step/passkeys/add/"):
        client.post(address, sent)
    client.post(f"{DESK}add/", {"phone": "216 555 0143", "note": new})
    kept = "".join(str(each.get_decoded()) for each in Session.objects.all())
    assert kept
    assert not re.search("zebra|canary|open door|0143|csrfmiddleware", kept)


OF_AN_ACCOUNT = [each.name for each in sign_in_urls.urlpatterns] + [f"accounts:{name}" for name in ("picture", "left")]


@pytest.mark.parametrize("name", sorted({*OF_AN_ACCOUNT} - {"account_login", "mfa_login_webauthn"}))
def test_no_page_of_an_account_opens_to_who_is_not_signed_in(name):
    address = reverse(name, args=[1] if name == "mfa_remove_webauthn" else [])
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code in {302, 405}
        assert answer.status_code == 405 or answer.url.startswith(SIGN_IN)
    assert Client().post(reverse("accounts:stay")).url.startswith(SIGN_IN)


# The record ----------------------------------------------------------------------------------------------------------


def test_each_step_is_on_the_record(jo):
    sign_in(jo, "wrong")
    client = sign_in(jo)
    new = "zebra and lighthouse in the rain"
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    set_up_app(client)
    client.post("/account/second-step/codes/new/")
    client.post("/account/confirm/code/", {"code": "000000"})
    client.post(f"{APP}remove/")
    client.post("/account/sign-out/")
    assert lines() == [
        "A wrong password was typed",
        "Signed in",
        "Changed the password",
        "Second step: added an app",
        "Second step: added recovery codes",
        "Second step: new recovery codes",
        "A wrong code was typed",
        "Second step: removed an app",
        "Second step: removed recovery codes",
        "Signed out",
    ]
    assert set(Entry.objects.values_list("about_user", flat=True)) == {jo.pk}
