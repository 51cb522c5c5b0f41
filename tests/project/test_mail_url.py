"""EMAIL_URL: read strictly, and its password is never said."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from reentry_site.mail_url import Mail, parse
from tests.site import run

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "mail"),
    [
        (
            "smtp+tls://jo%40clinic.example:p%2Fw@mail.example",
            Mail(SMTP, "mail.example", 587, "jo@clinic.example", "p/w", use_tls=True, sender="jo@clinic.example"),
        ),
        (
            "smtps://desk:pw@mail.example:4650?from=desk@clinic.example",
            Mail(SMTP, "mail.example", 4650, "desk", "pw", use_ssl=True, sender="desk@clinic.example"),
        ),
        ("smtp://127.0.0.1:25?from=desk@clinic.example", Mail(SMTP, "127.0.0.1", 25, sender="desk@clinic.example")),
        ("console:", Mail("django.core.mail.backends.console.EmailBackend")),
        ("", Mail("django.core.mail.backends.dummy.EmailBackend")),
    ],
)
def test_what_may_be_written(url, mail):
    assert parse(url) == mail


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("yes", "is not understood"),
        ("imap://desk:secret@mail.example", "is not understood"),
        ("smtps://desk:secret@:465?from=a@clinic.example", "is not understood"),
        ("smtps://desk:secret@mail.example:often?from=a@clinic.example", "is not understood"),
        ("smtps://desk:secret@mail.example/inbox?from=a@clinic.example", "is not understood"),
        ("smtps://desk:secret@mail.example?from=a@clinic.example&ssl=no", "is not understood"),
        ("smtps://desk:sec/ret@mail.example?from=a@clinic.example", "is not understood"),
        ("smtps://desk:secret@mail.example", "from which address"),
        ("smtp+tls://desk:secret@mail.example?from=desk", "from which address"),
        ("smtp://desk:secret@mail.example?from=a@clinic.example", "its password in clear"),
    ],
)
def test_what_is_not_understood_is_one_sentence_without_the_password(url, words):
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        parse(url)
    assert "sec" not in str(refused.value)


def test_a_wrong_value_stops_the_start_with_one_line(tmp_path):
    done = run("serve", DATA_DIR=tmp_path / "data", EMAIL_URL="smtps://desk:secret@mail.example:often")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("EMAIL_URL is not understood. Write smtp+tls://")
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_django_mails_errors_to_nobody(settings, client, monkeypatch, mailoutbox):
    def broken(*args):
        raise RuntimeError("canary")

    client.raise_request_exception = False
    monkeypatch.setattr("reentry_site.health.HttpResponse", broken)
    assert client.get("/healthz").status_code == 500
    assert (settings.ADMINS, settings.MANAGERS, mailoutbox) == ([], [], [])
