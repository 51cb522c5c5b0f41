"""Finished responses: the bytes that Django would give, in the coding that a reader takes, at no address but theirs."""

import gzip

import brotli
import pytest
from django.conf import settings
from django.test import Client

from reentry_site.pages import compression, delivery, finishing, publishing

EVERY_CODING = {"identity": bytes, "br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture(autouse=True)
def table():
    publishing.current()
    return delivery._table


def ask(path: str, method: str = "GET", **headers) -> delivery.Answer | None:
    return delivery.answer(method, path, {"host": "127.0.0.1"} | headers)


def test_what_is_finished_is_what_django_answers(table):
    client = Client(headers={"host": f"127.0.0.1:{settings.PORT}"})
    for path in [*table.addresses, "/nowhere/", "/no/such/page/"]:
        finished, django = ask(path), client.get(path, **{finishing.UNFINISHED: True})
        assert (finished.status, finished.body) == (django.status_code, django.content), path
        of_the_table = {"Vary", "ETag"}
        assert {name: value for name, value in finished.headers if name not in of_the_table} == dict(django.items())


def test_every_page_and_what_is_the_same_for_everyone_is_finished(table):
    published = publishing.current()
    others = {"/callback/", "/callback/yours/", "/robots.txt", "/sitemap.xml"}
    assert set(table.addresses) == set(published.finished) | set(published.edition.forwards) | others
    assert set(table.others) == {400, 404, 500}


@pytest.mark.parametrize("coding", EVERY_CODING)
def test_in_every_coding_it_is_the_same_and_says_so(coding):
    plain, coded = ask("/"), ask("/", **{"accept-encoding": coding})
    headers = dict(coded.headers)
    assert EVERY_CODING[coding](coded.body) == plain.body
    assert headers.get("Content-Encoding", "identity") == coding
    assert (headers["Content-Length"], headers["Vary"]) == (str(len(coded.body)), "Accept-Encoding")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.2, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("br;q=0.5, identity", "identity"),
        ("br;q=much", "identity"),
        ("br;q=nan", "identity"),
        ("deflate", "identity"),
        (",;,=", "identity"),
    ],
)
def test_a_reader_gets_the_coding_they_take(accepted, coding):
    assert compression.chosen(accepted) == coding


def test_head_gets_the_headers_and_no_body(client):
    got, head = client.get("/"), client.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.items()) == dict(got.items())


def test_no_query_changes_a_finished_page(client):
    assert client.get("/?utm=1").content == client.get("/").content


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt"])
def test_who_kept_it_is_told_that_it_is_the_same(client, path):
    first = client.get(path, headers={"accept-encoding": "gzip"})
    again = client.get(path, headers={"if-none-match": first["ETag"], "accept-encoding": "gzip"})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "Content-Type" not in again
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_page_has_no_tag_for_no_browser_keeps_it(client):
    assert "ETag" not in client.get("/")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/callback/", {}),
        ("TRACE", "/", {}),
        ("GET", "/admin/", {}),
        ("GET", "/account/nowhere/", {}),
        ("GET", "/leave/", {}),
        ("GET", "/callback/received/x/", {}),
        ("GET", "/faq", {}),
        ("GET", "/", {"host": "elsewhere.example"}),
        ("GET", "/", {"host": ""}),
        ("GET", "/", {"host": "127.0.0.1, elsewhere.example"}),
        ("GET", "/", {"cookie": "a=b; leave=1"}),
    ],
)
def test_anything_else_is_djangos_to_answer(method, path, headers):
    assert ask(path, method, **headers) is None


@pytest.mark.parametrize("proto", ["", "http", "https, http", "HTTPS"])
def test_without_tls_a_public_site_leads_there_first(settings, proto):
    settings.SECURE_SSL_REDIRECT = True
    assert ask("/", **{"x-forwarded-proto": proto}) is None
    assert ask("/", **{"x-forwarded-proto": "https"}).status == 200


def test_what_has_not_changed_is_not_made_again(table, monkeypatch):
    monkeypatch.setattr(compression, "quick", None)
    again = finishing.make(publishing.current(), table)
    assert all(again.addresses[path] is each for path, each in table.addresses.items())


def test_what_cannot_be_made_leaves_what_there_was(table, monkeypatch, caplog):
    monkeypatch.setattr(finishing, "make", lambda *given: 1 / 0)
    delivery.put_in_place(publishing.current())
    assert delivery._table is table
    assert "the finished responses could not be made" in caplog.text


# The smallest bytes -------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(finishing, "KEPT", tmp_path / "compressed")
    return tmp_path / "compressed"


def test_the_smallest_bytes_come_later_and_are_kept(kept):
    quick = finishing.make(publishing.current(), None)
    small = finishing.make_small(quick, lambda: True)
    for path in ("/", "/callback/"):
        for coding in ("br", "gzip"):
            before, after = quick.addresses[path].answers[coding].body, small.addresses[path].answers[coding].body
            assert len(after) <= len(before)
            assert EVERY_CODING[coding](after) == EVERY_CODING[coding](before)
    assert len(small.addresses["/"].answers["br"].body) < len(quick.addresses["/"].answers["br"].body)
    again = finishing.make(publishing.current(), None)
    assert again.addresses["/"].answers == small.addresses["/"].answers


def test_what_was_kept_and_is_damaged_is_not_sent(kept):
    small = finishing.make_small(finishing.make(publishing.current(), None), lambda: True)
    for file, content in zip(
        sorted(kept.iterdir()), (b"", b"odd", brotli.compress(b"another page")) * 100, strict=False
    ):
        file.write_bytes(content)
    for path, finished in finishing.make(publishing.current(), None).addresses.items():
        for coding, answer in finished.answers.items():
            assert EVERY_CODING[coding](answer.body) == small.addresses[path].source.body


def test_what_nobody_reads_any_more_is_forgotten(kept):
    kept.mkdir()
    (kept / "old.br").write_bytes(b"")
    finishing.make_small(finishing.make(publishing.current(), None), lambda: True)
    assert not (kept / "old.br").exists()
    assert any(kept.iterdir())


def test_it_stops_as_soon_as_something_newer_is_there(kept):
    assert finishing.make_small(finishing.make(publishing.current(), None), lambda: False) is None
    assert list(kept.iterdir()) == []


def test_on_a_full_disk_the_quick_bytes_do(table, monkeypatch, caplog):
    def full(*given):
        raise OSError("no space")

    monkeypatch.setattr(finishing, "make_small", full)
    delivery._make_small(table)
    assert delivery._table is table
    assert "the smallest bytes could not be kept" in caplog.text
