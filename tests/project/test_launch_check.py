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


def test_an_operator_at_the_desk_and_a_superuser_are_told(owed):
    olga = User.objects.create_superuser("olga")
    olga.groups.set(Group.objects.filter(name__in=["operator", "triage"]))

    said = owed()

    assert "olga is operator and works the desk" in said
    assert "There is a superuser" in said
    assert "There is no account for the calling desk" not in said
