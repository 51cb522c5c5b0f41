"""Which passwords are refused, what somebody who knows the clinic would try first; and how the others are kept."""

import sys
import unicodedata

import pytest
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from reentry_site.accounts.forms import NewPasswordForm, SignUpForm
from tests.project.conftest import account, sign_in

GOOD = "a long lamp by the open door"


def refused(password: str) -> set[str]:
    try:
        validate_password(password)
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        "Tal Behavioral Health 2026",
        "t.a.l-b.e.h.a.v.i.o.r.a.l",
        "four BEHAVIORAL lamps by a door",
        "a lamp in cleveland at night",
        "coming back to the lamp",
        "re-entry of the lamps 12",
    ],
)
def test_the_clinics_words_are_refused_however_they_are_written(password):
    assert refused(password) == {"clinic_word"}


def test_the_name_of_the_host_is_refused(settings):
    settings.PUBLIC_HOSTS = ["www.harbor-lights.example"]
    assert refused("harborlights by the door") == {"clinic_word"}
    assert refused("www of the lamp by a door") == set()


def test_length_counts_and_composition_does_not():
    assert refused(GOOD) == set()
    assert refused("aaaabbbbccccdd") == {"password_too_short"}
    assert refused("abcdefghijklmnopqrstuvwxyz") == set()


def test_a_common_one_is_refused():
    assert "password_too_common" in refused("yfdbufnjh10305070")


@pytest.mark.parametrize(
    "password", ["passwordpassword", "1234567890123456789", "aaaaaaaaaaaaaaaa", "lamp lamp lamp l"]
)
def test_one_short_thing_over_and_over_is_refused(password):
    assert refused(password) == {"repeats"}


# As typed ----------------------------------------------------------------------------------------------------------


def of_length(length: int) -> str:
    """Each letter another one."""
    return "".join(chr(0x4E00 + number) for number in range(length))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [of_length(64), of_length(200), "  a long lamp by the open door  ", "e\u0301t\u00e9 by the lamp \ufb01 \U0001f99c"],
    ids=["64 letters", "200 letters", "spaces at both ends", "letters written in two ways"],
)
def test_a_password_is_taken_whole_and_as_typed(password):
    jo = account("jo", "triage")
    form = NewPasswordForm(jo, {"new_password1": password, "new_password2": password})
    assert form.is_valid()
    form.save()
    others = {password[:-1], password.strip(), unicodedata.normalize("NFKC", password), password.upper()} - {password}
    for other in others:
        assert not User.objects.get().check_password(other)
    assert sign_in(jo, password).answer.status_code == 302


def test_every_letter_of_every_script_is_kept_wherever_a_password_is_typed():
    everything = (chr(number) for number in range(sys.maxunicode + 1))
    letters = [each for each in everything if unicodedata.category(each)[0] in "LMNPSZ"]
    passwords = ["".join(letters[start : start + 200]) for start in range(0, len(letters), 200)]
    assert len(letters) > 100_000
    for form in (SignUpForm, NewPasswordForm, LoginForm, ReauthenticateForm, ChangePasswordForm):
        for name, field in form.base_fields.items():
            if "password" in name:
                assert [field.clean(each) for each in passwords] == passwords, (form, name)
