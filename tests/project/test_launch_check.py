"""`manage.py launch_check`: each thing that is still owed is named, and until then the command does not pass."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def owed(capsys):
    """What the command says while something is owed."""

    def check() -> str:
        with pytest.raises(SystemExit) as ended:
            call_command("launch_check")
        assert ended.value.code == 1
        return capsys.readouterr().out

    return check


def test_placeholders_a_desk_without_an_account_and_a_site_for_one_machine_are_owed(owed):
    said = owed()
    assert "is a placeholder" in said
    assert "There is no account for the calling desk" in said
    assert "PUBLIC_HOSTS is not set" in said


def test_a_desk_that_nobody_tells_by_mail_is_owed(owed):
    said = owed()
    assert "EMAIL_URL is not set: staff get no mail" in said
    assert "has an e-mail address" not in said  # there is no account yet
    jo = User.objects.create_user("jo", is_staff=True)
    jo.groups.set(Group.objects.filter(name="triage"))
    assert "Nobody at the calling desk has an e-mail address" in owed()


def test_a_desk_that_is_told_by_mail_owes_nothing_for_it(owed, settings):
    settings.EMAIL_URL = "console:"
    jo = User.objects.create_user("jo", email="jo@clinic.example", is_staff=True)
    jo.groups.set(Group.objects.filter(name="triage"))
    said = owed()
    assert "EMAIL_URL" not in said
    assert "e-mail" not in said


@pytest.mark.parametrize(("behind_tls", "proxies", "is_owed"), [(True, 0, True), (True, 1, False), (False, 0, False)])
def test_a_proxy_that_nobody_counts_is_owed(owed, settings, behind_tls, proxies, is_owed):
    settings.BEHIND_TLS, settings.TRUSTED_PROXIES = behind_tls, proxies
    assert ("TRUSTED_PROXIES is 0 with BEHIND_TLS" in owed()) == is_owed


def test_an_operator_at_the_desk_and_a_superuser_are_told(owed):
    olga = User.objects.create_superuser("olga")
    olga.groups.set(Group.objects.filter(name__in=["operator", "triage"]))

    said = owed()

    assert "olga is operator and works the desk" in said
    assert "There is a superuser" in said
    assert "There is no account for the calling desk" not in said
