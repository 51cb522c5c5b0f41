"""What no browser sends: the site answers or hangs up, breaks nowhere, and stores no character that acts unseen."""

import contextlib
import json
import re
import shutil
import socket
import sqlite3
import unicodedata
import urllib.parse
import uuid

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake import suspicion, vault
from intake.answers import Answers
from intake.submission import Submission
from tests.intake import bad_requests
from tests.site import PATIENCE, Site

CORPUS = bad_requests.corpus()


@pytest.fixture(scope="module")
def live(set_up, tmp_path_factory):
    site = Site(shutil.copytree(set_up, tmp_path_factory.mktemp("bad-input") / "data"))
    yield site
    site.end()


def answers(port: int, sent: bytes) -> bytes:
    """All that comes back on one connection, after its other side has said that nothing more will come."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                received += more
        except TimeoutError:  # it neither answers nor hangs up
            raise
        except OSError:  # it hung up before it had heard all
            pass
    return received


def statuses(received: bytes) -> set[int]:
    return {int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", received, re.MULTILINE)}


def unseen(text: str) -> set[str]:
    """Characters that may not be stored. (Line breaks may be in a note.)"""
    return {
        letter
        for letter in text
        if (unicodedata.category(letter) in {"Cc", "Cs"} and letter != "\n")
        or unicodedata.bidirectional(letter) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        or "\U000e0000" <= letter <= "\U000e007f"
    }


def stored(site: Site) -> list[dict]:
    with contextlib.closing(sqlite3.connect(site.data_dir / "db.sqlite3")) as database:
        rows = database.execute("SELECT id, sealed FROM intake_answers").fetchall()
    return [vault.open_sealed(sealed, uuid.UUID(row_id)) for row_id, sealed in rows]


def assert_may_be_kept(sent: Submission) -> None:
    for text in (sent.phone, sent.name, sent.note):
        assert not unseen(text)
        assert unicodedata.is_normalized("NFC", text)
    assert "\n" not in sent.phone + sent.name


def logged(site: Site) -> list[dict]:
    return [json.loads(line) for line in site.output().splitlines() if line.startswith("{")]


def test_the_corpus_is_answered_without_a_fault_of_ours(live, settings):
    settings.KEYS_DIR = live.data_dir / "keys"
    assert len(CORPUS) >= 150
    seen = {name: answers(live.port, sent) for name, sent in CORPUS.items()}
    broken = {name for name, each in seen.items() if max(statuses(each), default=0) >= 500}
    # An encoding of the body that nobody knows is 501 by RFC 9112, 6.1; gunicorn says it.
    assert broken == {name for name in CORPUS if name.startswith("header: an encoding that is none")}
    assert not [name for name, each in seen.items() if b"Traceback" in each]
    assert not [
        name for name, each in seen.items() if re.search(rb"^(Set-Cookie: a=b|Location: .*elsewhere)", each, re.M)
    ]
    assert not [line for line in logged(live) if line.get("status", 400) >= 500 or line.get("status", 400) < 400]
    assert "Traceback" not in live.output()
    assert live.get("/callback/")[0] == live.get("/readyz")[0] == 200
    kept = stored(live)
    assert len(kept) >= 15  # so that something could have been kept
    for content in kept:
        assert_may_be_kept(Submission.from_content(content))


# Any text, any bytes ------------------------------------------------------------------------------------------

#: Letters that are rare among all letters, and those that end up beside each other when others are taken out.
ODD = (
    "\0\t\n\r\x1b\x7f\x85\u200d\u200f\u202e\u2066\u2028\ufeffe\u0301\u0344\ufdfa\u1112\u1161<&%+;= "
    "\ud800\udc00\U000e0041"
)
TEXT = st.text(st.one_of(st.characters(), st.sampled_from(ODD)), max_size=80)
NUMBER = st.one_of(st.just("216 555 0143"), st.from_regex(r"\A[+(]?[0-9٠-٩ ().x#-]{7,20}\Z"), TEXT)
OTHER_FIELDS = ("name", "note", "website", "voicemail_ok", "may_say_clinic_name", "preferred_times", "code", "step")
FIELDS = st.fixed_dictionaries({"phone": NUMBER}, optional=dict.fromkeys(OTHER_FIELDS, TEXT))
#: What a header can hold: gunicorn refuses control characters, and reads the rest as Latin-1.
HEADER = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=40)
KINDS = st.one_of(
    st.sampled_from([kind for kind in bad_requests.KINDS if kind and kind.isprintable()]),
    st.builds(f"{bad_requests.FORM}; charset={{}}".format, HEADER),
    HEADER,
)
ANSWERS = {200, 303, 400, 405, 410, 413, 422}
any_input = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def send(db):
    """Posts a body and gives the status, after a look at all that it stored, which is then taken back."""

    def send(path: str, body: bytes, kind: str) -> int:
        suspicion.forget()
        with transaction.atomic():
            answer = Client().generic("POST", path, body, kind)
            for version in Answers.objects.all():
                assert_may_be_kept(version.submission)
            transaction.set_rollback(True)
        return answer.status_code

    return send


@any_input
@given(fields=FIELDS, path=st.sampled_from(bad_requests.POSTED))
def test_any_text_in_any_field_is_kept_clean_or_answered_kindly(send, fields, path):
    body = "&".join(f"{name}={urllib.parse.quote(text, errors='surrogatepass')}" for name, text in fields.items())
    assert send(path, body.encode(), bad_requests.FORM) in {200, 303, 410, 413, 422}


@any_input
@given(body=st.binary(max_size=2000), kind=KINDS, path=st.sampled_from(bad_requests.POSTED))
def test_any_bytes_of_any_kind_are_answered(send, body, kind, path):
    assert send(path, body, kind) in ANSWERS


@any_input
@given(name=TEXT, note=TEXT)
def test_any_parts_of_a_form_are_kept_clean(send, name, note):
    texts = {"phone": "216 555 0143", "name": name, "note": note}
    parts = [bad_requests.part(field, text.encode(errors="surrogatepass")) for field, text in texts.items()]
    assert send("/callback/", b"".join(parts) + bad_requests.END, bad_requests.MULTIPART) in ANSWERS


@any_input
@given(end=TEXT, path=st.sampled_from(("/callback/yours/", "/callback/received/", "/")))
def test_any_address_is_answered(db, end, path):
    answer = Client().get(path + urllib.parse.quote(end, safe="/:", errors="surrogatepass"))
    assert answer.status_code in {200, 301, 302, 400, 404, 410}
