"""Tries at a password: who guesses learns nothing of accounts, is slowed, and cannot make the site forget it."""

import math
import re

import pytest
from django.conf import global_settings
from django.contrib.auth import hashers
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.crypto import pbkdf2

from reentry_site import settings as site_settings
from reentry_site.record.models import Entry
from tests.project.conftest import PASSWORD, account, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jo() -> User:
    return account("jo", "triage")


def same(page: bytes, name: str) -> str:
    """A page less what differs from one to the next: the form's token, and the name that was typed."""
    text = re.sub(r'(csrfmiddlewaretoken" value)="\w+"', r"\1", page.decode())
    return text.replace(f'value="{name}"', "")


@pytest.fixture
def real_hasher(settings):
    """As the site's own settings have it; the tests' are quicker."""
    settings.PASSWORD_HASHERS = getattr(site_settings, "PASSWORD_HASHERS", global_settings.PASSWORD_HASHERS)


def test_passwords_are_hashed_by_pbkdf2_with_as_many_rounds_as_django_sets(real_hasher, jo):
    algorithm, rounds, salt, _ = jo.password.split("$")
    assert (algorithm, int(rounds)) == ("pbkdf2_sha256", PBKDF2PasswordHasher.iterations)
    assert int(rounds) >= 600_000  # what OWASP asks for; Django's number rises with its versions
    assert len(salt) * math.log2(62) >= 128


def test_a_known_and_an_unknown_account_get_the_same_answer(real_hasher, monkeypatch):
    account("jo", "triage")
    account("off", "triage", is_active=False)
    hashed = []
    monkeypatch.setattr(hashers, "pbkdf2", lambda *args, **named: hashed.append(args[2]) or pbkdf2(*args, **named))
    answers = {}
    for name, password in (("jo", "wrong"), ("nobody", "wrong"), ("off", "wrong"), ("off", PASSWORD)):
        hashed.clear()
        got = sign_in(name, password).answer
        answers[name, password] = (got.status_code, same(got.content, name), *hashed)
    assert len(set(answers.values())) == 1
    assert next(iter(answers.values()))[::2] == (422, PBKDF2PasswordHasher.iterations)


@pytest.mark.parametrize("name", ["jo", "nobody"])
def test_five_wrong_passwords_slow_the_account(jo, name):
    for _ in range(5):
        assert "don’t fit together" in sign_in(name, "wrong").answer.content.decode()
    assert "Wait five minutes" in sign_in(name, "wrong").answer.content.decode()
    assert "Wait five minutes" in sign_in(name).answer.content.decode()
    # Passkeys go on: the door that they come through asks for its own challenge, and gets it.
    asked = Client().get("/account/sign-in/passkey/", headers={"accept": "application/json"})
    assert asked.json()["request_options"]["publicKey"]["userVerification"] == "required"


def test_a_flood_of_tries_is_told_to_wait():
    client = Client()
    for _ in range(30):
        sign_in("nobody", "wrong", client=client)
    answer = sign_in("nobody", "wrong", client=client).answer
    assert answer.status_code == 429
    assert "Wait a minute" in answer.content.decode()
    elsewhere = Client(headers={"x-forwarded-for": "203.0.113.9"})  # no proxy of ours said so
    assert sign_in("nobody", "wrong", client=elsewhere).answer.status_code == 429


def test_a_stranger_cannot_flush_a_limit_or_a_used_code(settings):
    assert settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] == 100_000
    cache.set("a-limit-that-stands", "y", 300)
    for number in range(400):
        cache.set(f"another-account-{number}", "y", 300)
    assert cache.get("a-limit-that-stands") == "y"


def test_the_table_of_the_cache_is_made_by_migrate_and_made_once(capsys):
    call_command("createcachetable")
    assert "shared_cache" in connection.introspection.table_names()


def test_nobody_signs_up_or_resets_by_mail():
    for address in ("signup", "sign-up", "password/reset", "email", "login", "second-step/trust"):
        assert Client().get(f"/account/{address}/").status_code == 404


def test_an_unknown_account_leaves_a_line_and_what_was_typed_nowhere():
    sign_in("zebra", "lighthouse")
    assert list(Entry.objects.values_list("who", "about_user", "what")) == [(None, None, "A wrong password was typed")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM shared_cache")
        assert "zebra" not in str(cursor.fetchall())
