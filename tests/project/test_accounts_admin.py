"""Who may change a staff account, and what nobody may."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

pytestmark = pytest.mark.django_db


def account(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, first_name=name.title(), is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


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
