"""Who may change a staff account, and what nobody may."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.urls import reverse

from reentry_site.record.models import Entry
from tests.project.conftest import account, set_up_app, sign_in

pytestmark = pytest.mark.django_db


def change(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


@pytest.fixture
def olga(client) -> User:
    """The operator, signed in."""
    olga = account("olga", "operator")
    client.force_login(olga)
    return olga


def test_each_group_may_do_what_it_should_and_no_more():
    may = {
        group.name: {f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.all()}
        for group in Group.objects.all()
    }
    assert may == {
        "triage": {"intake.work_queue"},
        "supervisor": {"intake.work_queue", "intake.supervise"},
        "privacy": {"intake.keep"},
        "editor": set(),
        "operator": {"auth.view_user", "auth.change_user"},
    }


@pytest.mark.parametrize(
    ("role", "status"), [("triage", 403), ("supervisor", 403), ("privacy", 403), ("editor", 403), ("operator", 200)]
)
def test_only_the_operator_sees_accounts(client, role, status):
    tom = account("tom", "triage")
    client.force_login(account("me", role))
    assert client.get(reverse("admin:auth_user_changelist")).status_code == status
    assert client.get(change(tom)).status_code == status


def test_the_operator_changes_anothers_groups(client, olga):
    tom = account("tom", "triage")
    supervisor = Group.objects.get(name="supervisor")
    client.post(change(tom), {"first_name": "Tom", "last_name": "", "is_active": "on", "groups": [supervisor.pk]})
    assert [group.name for group in tom.groups.all()] == ["supervisor"]


def test_the_operator_gives_an_address_that_only_the_operator_sees(client, olga):
    tom = account("tom", "supervisor")
    client.post(change(tom), {"first_name": "Tom", "last_name": "", "email": "tom@clinic.example", "is_active": "on"})
    tom.refresh_from_db()
    assert tom.email == "tom@clinic.example"
    client.force_login(tom)
    for address in ("/admin/intake/callbackrequest/", "/admin/intake/callbackrequest/add/"):
        assert "clinic.example" not in client.get(address, follow=True).content.decode()


def test_an_account_that_is_switched_off_is_out_at_once(client, olga):
    tom = account("tom", "triage")
    other = type(client)()
    other.force_login(tom)
    client.post(change(tom), {"first_name": "Tom", "last_name": ""})
    assert other.get(reverse("admin:index"))["Location"].startswith("/admin/login/")


def test_nobody_changes_their_own_groups(client, olga):
    everything = [group.pk for group in Group.objects.all()]
    sent = client.post(change(olga), {"first_name": "Olga", "last_name": "O.", "groups": everything})
    assert sent.status_code == 302
    olga.refresh_from_db()
    assert olga.last_name == "O."  # the form was taken, without what it may not say
    assert [group.name for group in olga.groups.all()] == ["operator"]
    assert olga.is_active


def test_no_form_field_makes_a_superuser(client, olga):
    tom = account("tom", "triage")
    assert set(client.get(change(tom)).context["adminform"].form.fields) == {
        "first_name",
        "last_name",
        "email",
        "is_active",
        "groups",
    }
    sent = {"first_name": "Tom", "last_name": "", "is_active": "on", "is_superuser": "on", "user_permissions": [1]}
    client.post(change(tom), sent)
    tom.refresh_from_db()
    assert (tom.is_superuser, tom.user_permissions.count()) == (False, 0)


def test_accounts_are_neither_added_nor_deleted_here_whoever_asks(client, olga):
    olga.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    tom = account("tom", "triage")
    assert client.get("/admin/auth/user/add/").status_code == 403
    assert client.post(f"/admin/auth/user/{tom.pk}/delete/", {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [tom.pk], "post": "yes"}
    client.post(reverse("admin:auth_user_changelist"), sent)
    assert User.objects.filter(pk=tom.pk).exists()


def test_groups_are_not_edited_here(client, olga):
    assert client.get("/admin/auth/group/").status_code == 404


# Sessions, and the record --------------------------------------------------------------------------------------


def lines(user: User) -> list[tuple[str, str]]:
    """What was done to this account: who, and what."""
    names = dict(User.objects.values_list("pk", "username"))
    found = Entry.objects.filter(about_user=user.pk).order_by("pk").values_list("who", "what")
    return [(names.get(who, ""), what) for who, what in found]


def test_switching_an_account_off_ends_its_sessions_for_good(client, olga):
    tom = account("tom", "triage")
    browser = sign_in(tom)
    assert browser.get("/admin/intake/callbackrequest/").status_code == 200
    sent = {"first_name": "Tom", "last_name": "", "groups": [tom.groups.get().pk]}
    client.post(change(tom), sent)
    client.post(change(tom), sent | {"is_active": "on"})
    assert browser.get("/admin/")["Location"].startswith("/admin/login/")  # switched on again, and still signed out
    assert lines(tom) == [
        ("tom", "Signed in"),
        ("olga", "Switched the account off"),
        ("olga", "Ended all sessions"),
        ("olga", "Switched the account on"),
    ]


def test_a_change_of_groups_is_on_the_record(client, olga):
    tom = account("tom", "triage")
    group = Group.objects.get(name="supervisor")
    client.post(change(tom), {"first_name": "Tom", "last_name": "", "is_active": "on", "groups": [group.pk]})
    client.post(change(tom), {"first_name": "Tim", "last_name": "", "is_active": "on", "groups": [group.pk]})
    assert lines(tom) == [
        ("olga", "Changed the groups from triage to supervisor"),
        ("olga", "Changed the first name"),
    ]


def test_the_operator_ends_all_sessions_of_an_account(client, olga):
    tom, kim = account("tom", "triage"), account("kim", "triage")
    browsers = [sign_in(tom), sign_in(tom)]
    other = sign_in(kim)
    sent = {"action": "end_all_sessions", "_selected_action": [tom.pk]}
    client.post(reverse("admin:auth_user_changelist"), sent)
    for browser in browsers:
        assert browser.get("/admin/")["Location"].startswith("/admin/login/")
    assert other.get("/admin/", follow=True).status_code == 200
    assert Session.objects.count() == 2  # Kim's and Olga's
    assert lines(tom)[-1] == ("olga", "Ended all sessions")


def test_who_may_only_look_at_accounts_ends_no_sessions(client):
    tom, me = account("tom", "triage"), account("me")
    me.user_permissions.add(Permission.objects.get(codename="view_user"))
    browser = sign_in(tom)
    client.force_login(me)
    sent = {"action": "end_all_sessions", "_selected_action": [tom.pk]}
    client.post(reverse("admin:auth_user_changelist"), sent)
    assert browser.get("/admin/", follow=True).status_code == 200
    assert browser.get("/admin/intake/callbackrequest/").status_code == 200


def test_an_account_that_is_not_of_the_staff_is_not_to_be_found_here(client, olga):
    other = User.objects.create_user("other")
    assert client.get(change(other)).status_code == 302
    client.post(change(other), {"first_name": "Changed", "last_name": "", "is_active": "on"})
    assert User.objects.get(pk=other.pk).first_name == ""


def test_the_operator_sees_who_has_a_second_step_and_nothing_of_it(client, olga):
    tom, kim = account("tom", "triage"), account("kim", "triage")
    set_up_app(sign_in(tom))
    page = client.get(reverse("admin:auth_user_changelist")).context["cl"].queryset
    assert {each.username: each.has_second_step for each in page} == {"olga": False, "tom": True, "kim": False}
    assert kim.last_login is None
    for model in ("mfa/authenticator", "usersessions/usersession", "account/emailaddress"):
        assert client.get(f"/admin/{model}/").status_code == 404
