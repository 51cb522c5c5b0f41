"""Which passwords are refused: what somebody who knows the clinic would try first."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

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
