"""Suspicion asks for a person's look. It refuses nobody, drops nothing, and remembers no number, note or address."""

import pytest
from django.test import RequestFactory

from intake import suspicion
from intake.submission import Submission
from intake.words import Look

NOTE = "I would like to come back on Tuesday"


def reasons(note="", phone="+12165550143", trapped=False, **meta) -> tuple[str, ...]:
    request = RequestFactory().post("/callback/", **{"REMOTE_ADDR": "127.0.0.1"} | meta)
    return suspicion.reasons(Submission(phone, note=note), request, trapped=trapped)


def test_a_person_is_not_suspected():
    for note in (
        "",
        NOTE,
        "Call me at 5 p.m. I left in spring, and it was o.k.",
        "李 🙂",
        "St. Vincent's told me to ask",
    ):
        assert reasons(note) == ()


@pytest.mark.parametrize(
    "note", ["see http://x.example", "WWW.CHEAP.COM", "buy at pills.ru now", '<a href="x">', "[url=x]"]
)
def test_a_link_is(note):
    assert reasons(note) == (Look.LINKS,)


def test_the_trap_is():
    assert reasons(trapped=True) == (Look.TRAP,)


def test_one_note_from_two_numbers_is_and_from_one_is_not():
    assert reasons(NOTE) == reasons(NOTE) == ()
    assert reasons(NOTE.upper(), "+12165550199") == (Look.REPEATED,)
    assert reasons("please call me") == reasons("please call me", "+12165550199") == ()


@pytest.mark.parametrize(
    ("near", "far"),
    [("203.0.113.{}", "198.51.100.1"), ("2001:db8:1:1::{}", "2001:db8:1:2::1"), ("::ffff:203.0.113.{}", "::1")],
)
def test_many_from_one_network_are(near, far):
    found = [reasons(REMOTE_ADDR=near.format(number)) for number in range(1, 12)]
    assert found == [()] * 9 + [(Look.NETWORK,)] * 2
    assert reasons(REMOTE_ADDR=far) == ()


def test_after_a_while_a_network_is_forgiven(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(suspicion.time, "monotonic", lambda: clock[0])
    for _ in range(9):
        reasons(REMOTE_ADDR="203.0.113.1")
    clock[0] += suspicion.WITHIN_SECONDS
    assert reasons(REMOTE_ADDR="203.0.113.1") == ()


@pytest.mark.parametrize(
    ("proxies", "passed", "network"),
    [
        (0, "203.0.113.9", None),
        (1, "203.0.113.9", "203.0.113.0/24"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.0/24"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.0/24"),
        (2, "203.0.113.9", None),
        (1, "not an address", None),
        (1, "", None),
    ],
)
def test_only_as_many_proxies_are_believed_as_stand_in_front(settings, proxies, passed, network):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().post("/callback/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=passed)
    assert suspicion.network_of(request) == network


def test_a_flood_does_not_grow_the_memory(monkeypatch):
    monkeypatch.setattr(suspicion, "REMEMBERED", 50)
    for number in range(200):
        reasons(f"{NOTE} {number}", REMOTE_ADDR=f"10.{number}.0.1")
    assert len(suspicion._posts) == len(suspicion._notes) == 50


def test_what_is_remembered_says_nothing():
    reasons(NOTE, REMOTE_ADDR="203.0.113.1")
    remembered = repr((suspicion._posts, suspicion._notes))
    assert "203.0.113" not in remembered
    assert "tuesday" not in remembered.lower() and "5550143" not in remembered
