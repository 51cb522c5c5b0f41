"""How a staff account comes to be: by a link, once, and never with more than it names."""

import threading
import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from reentry_site.accounts import invitations
from reentry_site.accounts.models import UsedInvitation
from reentry_site.record.models import Entry

ANSWERS = {
    "username": "jo",
    "first_name": "Jo",
    "password1": "a long lamp by the open door",
    "password2": "a long lamp by the open door",
}
ALL_ROLES = {"triage", "supervisor", "privacy", "editor", "operator"}

pytestmark = pytest.mark.django_db


def path(*roles: str) -> str:
    return invitations.new_link(*roles).removeprefix("http://localhost:8000")


def roles(user: User) -> set[str]:
    return {group.name for group in user.groups.all()}


@pytest.fixture
def tom() -> User:
    return User.objects.create_user("tom", is_staff=True)


def test_the_first_account_joins_all_groups_and_is_no_superuser(client):
    sent = client.post(path(), ANSWERS)
    assert (sent.status_code, sent["Location"]) == (302, "/admin/")
    jo = User.objects.get()
    assert (jo.username, jo.first_name, jo.is_staff, jo.is_superuser) == ("jo", "Jo", True, False)
    assert roles(jo) == ALL_ROLES
    assert not jo.user_permissions.exists()
    assert client.session["_auth_user_id"] == str(jo.pk)
    assert list(Entry.objects.order_by("pk").values_list("who", "what")) == [
        (jo.pk, "Made the account by an invitation: triage, supervisor, privacy, editor, operator"),
        (jo.pk, "Signed in"),
    ]


@pytest.mark.parametrize("named", [("triage",), ("supervisor", "editor")])
def test_a_later_account_joins_what_its_invitation_names(client, tom, named):
    client.post(path(*named), ANSWERS)
    jo = User.objects.get(username="jo")
    assert roles(jo) == set(named)
    assert (jo.is_staff, jo.is_superuser) == (True, False)


@pytest.mark.parametrize("address", ["", "jo@clinic.example"])
def test_an_address_may_be_given_or_skipped(client, address):
    client.post(path(), ANSWERS | {"email": address})
    assert User.objects.get().email == address


def test_what_is_no_address_is_said(client):
    refused = client.post(path(), ANSWERS | {"email": "jo at the clinic"})
    assert refused.status_code == 422
    assert "Write it like jo@clinic.example, or leave it empty." in refused.content.decode()


def test_what_is_posted_gives_no_rights(client, tom):
    client.post(
        path("triage"), ANSWERS | {"is_superuser": "on", "groups": "2", "user_permissions": "1", "roles": "operator"}
    )
    jo = User.objects.get(username="jo")
    assert (jo.is_superuser, roles(jo), jo.user_permissions.count()) == (False, {"triage"}, 0)


def test_looking_at_a_link_does_not_use_it_up(client):
    link = path()
    for look in (client.get, client.head, client.get):
        shown = look(link)
        assert (shown.status_code, "no-store" in shown["Cache-Control"]) == (200, True)
    assert not UsedInvitation.objects.exists()


def test_a_form_with_faults_does_not_use_it_up(client):
    link = path()
    refused = client.post(link, ANSWERS | {"password2": "something else"})
    assert refused.status_code == 422
    assert not User.objects.exists()
    assert client.post(link, ANSWERS).status_code == 302


@pytest.mark.parametrize("password", ["fourteen chars", "123456789987654321", "jo-the-caller-of-people"])
def test_a_weak_password_is_refused(client, password):
    answers = ANSWERS | {"username": "jo-the-caller-of-people", "password1": password, "password2": password}
    assert client.post(path(), answers).status_code == 422


def ended_pages(client) -> dict[str, str]:
    """Every way in which a link can be no good."""
    used, forged = path("triage"), path("triage").replace("invited/e", "invited/f")
    client.post(used, ANSWERS)
    client.logout()
    first = path()  # printed for the first account, and there is one now
    return {"used": used, "forged": forged, "nonsense": "/account/invited/x/", "first": first}


def test_every_link_that_is_no_good_gives_one_same_page(client, tom):
    pages = set()
    for link in ended_pages(client).values():
        for answer in (client.get(link), client.post(link, ANSWERS | {"username": "new"})):
            assert answer.status_code == 410
            assert "no-store" in answer["Cache-Control"]
            pages.add(answer.content)
    assert len(pages) == 1
    assert not User.objects.filter(username="new").exists()


def test_a_used_invitation_is_ended(client, tom):
    link = path("triage")
    assert client.post(link, ANSWERS).status_code == 302
    assert Client().get(link).status_code == 410


@pytest.mark.parametrize(("age", "status"), [(30 * 60 - 1, 200), (30 * 60 + 1, 410)])
def test_a_link_is_good_for_half_an_hour(client, monkeypatch, age, status):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - age)
    link = path()
    monkeypatch.undo()
    assert client.get(link).status_code == status


def test_a_link_for_the_first_account_ends_when_there_is_one(client):
    first, second = path(), path()
    client.post(first, ANSWERS)
    assert Client().post(second, ANSWERS | {"username": "tom"}).status_code == 410
    assert User.objects.count() == 1


def six_posts(links: list[str]) -> list[int]:
    """The statuses of six sign-ups at one moment, each with a name and a connection of its own."""
    together, statuses = threading.Barrier(6), []

    def post(number: int, link: str) -> None:
        browser = Client()
        browser.get(link)
        together.wait()
        statuses.append(browser.post(link, ANSWERS | {"username": f"jo{number}"}).status_code)
        connection.close()

    threads = [threading.Thread(target=post, args=each) for each in enumerate(links)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.mark.django_db(transaction=True)
def test_six_posts_with_one_invitation_make_one_account(tom):
    assert six_posts([path("triage")] * 6) == [302] + [410] * 5
    assert User.objects.exclude(pk=tom.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_six_first_links_make_one_first_account():
    assert six_posts([path() for _ in range(6)]) == [302] + [410] * 5
    assert roles(User.objects.get()) == ALL_ROLES


def test_the_command_prints_a_link_for_a_role(capsys, client, tom):
    call_command("staff_invite", "--role", "editor")
    link = capsys.readouterr().out.strip()
    assert link.startswith("http://localhost:8000/account/invited/")
    client.post(link.removeprefix("http://localhost:8000"), ANSWERS)
    assert roles(User.objects.get(username="jo")) == {"editor"}


def test_the_command_gives_the_public_address(capsys, settings):
    settings.PUBLIC, settings.PUBLIC_HOSTS = True, ["care.example.org", "www.care.example.org"]
    call_command("staff_invite")
    assert capsys.readouterr().out.startswith("https://care.example.org/account/invited/")


def test_an_unknown_role_is_refused(tom):
    with pytest.raises(CommandError, match="no role boss. Roles: editor, operator, privacy, supervisor, triage"):
        call_command("staff_invite", "--role", "boss")
