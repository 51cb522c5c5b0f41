"""Who may go where at the desk: every address of the staff site × every group × every method. A new address fails here
until somebody has said who may use it."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.intake.conftest import on_record, staff

GROUPS = ("triage", "supervisor", "privacy", "editor", "operator")
EVERYONE = set(GROUPS) | {""}  # "": on the staff, in no group
CALLERS = {"triage", "supervisor"}
CALL = "intake_callbackrequest_"
MAY = {
    "index": EVERYONE,
    "logout": EVERYONE,
    "password_change": EVERYONE,
    "password_change_done": EVERYONE,
    "jsi18n": EVERYONE,
    "pages": {"editor"},
    "pages_check": {"editor"},
    "pages_picture": {"editor"},
    "pages_preview": {"editor"},
    "pages_next_site": {"editor"},
    "auth_user_changelist": {"operator"},
    "auth_user_change": {"operator"},
    "auth_user_history": {"operator"},
    "auth_user_add": set(),
    "auth_user_delete": set(),
    f"{CALL}delete": set(),
    **{
        CALL + name: CALLERS
        for name in (
            "changelist",
            "add",
            "change",
            "changes",
            "find",
            "take",
            "hold",
            "release",
            "hand_over",
            "attempt",
            "later",
            "close",
            "book",
            "came",
            "missed",
            "step",
            "crisis",
            "no_crisis",
            "looked_at",
            "undo_last",
        )
    },
    **{CALL + name: {"privacy"} for name in ("keeping", "keeping_hold", "keeping_lift", "keeping_delete")},
    f"{CALL}keeping_seen": {"privacy"},
    f"{CALL}history": {"supervisor", "privacy"},
    **{CALL + name: {"supervisor"} for name in ("allow_dialling", "release_restored", "together", "charts", "export")},
}
#: Not for a group to open: they answer everyone alike, or 404.
NO_PAGE = {"login", "autocomplete", "view_on_site", "app_list", None}


def patterns(resolver, found=()):
    for each in resolver:
        yield from patterns(each.url_patterns) if hasattr(each, "url_patterns") else [each]


def names() -> set[str | None]:
    return {each.name for each in patterns(admin.site.get_urls())}


@pytest.fixture
def address_of(make_request):
    """Name → an address of it: of a request, or an account, that is there."""
    stored = make_request(name="Rosalind")

    def find(name: str) -> str:
        if name == "pages_picture":
            return reverse("admin:pages_picture", args=["nothing.png"])
        of = User.objects.first().pk if name.startswith("auth_") else stored.pk
        try:
            return reverse(f"admin:{name}")
        except NoReverseMatch:
            return reverse(f"admin:{name}", args=[of])

    return find


def test_every_address_of_the_desk_is_in_the_table():
    assert names() == set(MAY) | NO_PAGE


# HEAD is answered as GET is, PUT as DELETE.
@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("group", [*GROUPS, ""])
def test_each_group_goes_where_it_may_and_nowhere_else(address_of, group, method):
    client = Client()
    client.force_login(staff("Someone", *([group] if group else [])))
    opened = set()
    for name in sorted(MAY, key="logout".__eq__):  # that one last
        answer = getattr(client, method)(address_of(name))
        if answer.status_code != 403:
            opened.add(name)
        else:
            assert b"Rosalind" not in answer.content
    assert opened == {name for name, groups in MAY.items() if group in groups}


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_or_not_on_the_staff_goes_nowhere(address_of, method):
    outsider = User.objects.create_user("outsider", password="a long lamp by the door")
    client = Client()
    for signed_in in (False, True):
        if signed_in:
            client.force_login(outsider)
        for name in set(MAY) - {"logout", "jsi18n"}:
            answer = getattr(client, method)(address_of(name))
            assert (answer.status_code, answer.get("Location", "").partition("?")[0]) == (
                302,
                reverse("admin:login"),
            ), name
    assert client.get(reverse("admin:login")).status_code == 403  # who is not on the staff is led nowhere
    assert on_record() == [("", "Was refused: admin:login")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_a_second_step_and_did_not_take_it_goes_nowhere(address_of, method):
    everyone = staff("Everyone", *GROUPS)
    Authenticator.objects.create(user=everyone, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(everyone)  # knows of the password alone
    for name in set(MAY) - {"logout", "jsi18n"}:
        answer = getattr(client, method)(address_of(name))
        assert answer.get("Location", "").partition("?")[0] == reverse("admin:login"), name
    assert client.get(reverse("admin:login")).url == "/account/confirm/code/"
    assert on_record() == []


def test_the_first_page_of_an_operator_leads_to_no_call(client, db):
    client.force_login(staff("Olga", "operator"))
    page = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:auth_user_changelist") in page
    assert reverse(f"admin:{CALL}changelist") not in page
