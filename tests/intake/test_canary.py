"""What one person sends goes every way there is, good and bad; then all that this leaves behind is searched for it."""

import base64
import contextlib
import html
import http.client
import http.cookies
import json
import re
import shutil
import sqlite3
import urllib.parse
from typing import NamedTuple

import pytest
from django.core import signing

from tests import breaking_settings
from tests.leaks import leaks, spellings
from tests.mail_server import mail_server
from tests.site import PATIENCE, Site, run, wait_for

NUMBER, OTHER_NUMBER = "(216) 555-0187", "(216) 555-0188"
NAME, NOTE, STAFF_NOTE = "Quillôn Zebrask", "marmalade lighthouse «trombone»", "xylophone umbrella walrus"
FORM = {"phone": NUMBER, "name": NAME, "note": NOTE}
ASK, YOURS, QUEUE = "/callback/", "/callback/yours/", "/admin/intake/callbackrequest/"
PASSWORD = "a long lamp by the open door"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str:
        return dict(self.headers)[name]

    def told(self) -> bytes:
        """What others than the reader may see of it: headers, title and links. (The desk dials by a tel: link.)"""
        links = re.findall(r'(?:href|action|formaction|src)="(?!tel:)([^"]*)"', self.body)
        lines = [f"{name}: {value}" for name, value in self.headers]
        return "\n".join(lines + links + re.findall(r"<title>(.*?)</title>", self.body)).encode()


class Visitor:
    """A browser without a screen: keeps cookies, sends the token of the page before, and remembers every answer."""

    def __init__(self, site: Site):
        self.port, self.answers, self.cookies = site.port, [], http.cookies.SimpleCookie()

    def send(self, method: str, path: str, form: dict | None = None, **headers) -> Answer:
        if form is not None and self.answers:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.answers[-1].body)
            form |= {"csrfmiddlewaretoken": token[1]} if token else {}
        headers["Cookie"] = "; ".join(f"{each.key}={each.value}" for each in self.cookies.values())
        headers |= {"Host": f"localhost:{self.port}", "Content-Type": "application/x-www-form-urlencoded"} | headers
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, form and urllib.parse.urlencode(form), headers)
            answer = connection.getresponse()
            found = Answer(answer.status, answer.getheaders(), answer.read().decode())
        for name, value in found.headers:
            if name == "Set-Cookie":
                self.cookies.load(value)
        self.answers.append(found)
        return found

    def get(self, path: str, **headers) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, form: dict, **headers) -> Answer:
        return self.send("POST", path, dict(form), **headers)


@pytest.fixture
def mails():
    """A mail server, for the site; what it was given is in `mails`."""
    with mail_server() as server:
        yield server


@pytest.fixture
def site(set_up, tmp_path, mails):
    data = shutil.copytree(set_up, tmp_path / "data")
    site = Site(data, DJANGO_SETTINGS_MODULE=breaking_settings.__name__, EMAIL_URL=mails.url)
    yield site
    site.end()


@contextlib.contextmanager
def without(site: Site, *tables: str):
    """These tables are away for a while."""

    def rename(before: str, after: str) -> None:
        with contextlib.closing(sqlite3.connect(site.data_dir / "db.sqlite3", timeout=PATIENCE)) as database:
            database.execute("PRAGMA legacy_alter_table = ON")
            database.execute(f"ALTER TABLE {before} RENAME TO {after}")

    for table in tables:
        rename(table, f"{table}_away")
    yield
    for table in tables:
        rename(f"{table}_away", table)


def code_on(page: Answer) -> str:
    return re.search(r'class="reference">([\w-]+)<', page.body)[1]


def asked(client: Visitor, **form) -> str:
    """The private code of a request that was stored."""
    thanks = client.post(ASK, FORM | form)
    assert thanks.status == 303
    return code_on(client.get(thanks.header("Location")))


def goes_well(client: Visitor) -> list[str]:
    """Asked, seen, changed to another number, asked again. All codes that were shown."""
    code = asked(client)
    assert client.get(f"{YOURS}{code}/").status == 200
    assert client.post(YOURS, {"code": code, "step": "change"}).status == 200
    saved = client.post(YOURS, {"code": code, "step": "save", "phone": OTHER_NUMBER, "text_ok": "on"})
    moved = code_on(saved)
    assert client.post(YOURS, {"code": moved, "step": "cancel"}).status == 200
    return [code, moved, asked(client, note=f"{NOTE} once more")]


def goes_wrong(client: Visitor, code: str) -> None:
    """Each answer that is written to the log, and each place that could quote what was sent."""
    said = urllib.parse.urlencode(FORM)
    for path, form, status in (
        (ASK, FORM | {"phone": "555"}, 422),
        (ASK, FORM | {"website": "x" * 17_000}, 413),
        (ASK, FORM | {f"f{number}": NAME for number in range(41)}, 400),
        (YOURS, {"code": code + NAME}, 422),
        (YOURS, {"code": code, "step": "save", "phone": NUMBER[:-1]}, 422),
        (f"{YOURS}{code}/", FORM, 403),
        ("/admin/login/", {"username": NAME, "password": NOTE}, 403),
    ):
        assert client.post(path, form).status == status
    assert client.send("PUT", f"{YOURS}{code}/?{said}", FORM).status == 403
    assert client.send("OPTIONS", f"{YOURS}{code}/?{said}").status == 405
    assert client.get(f"{YOURS}{code}/x/?{said}").status == 404
    assert client.get(f"/{urllib.parse.quote(NAME)}/?{said}").status == 404
    assert client.get(f"/static/{urllib.parse.quote(NOTE)}/").status == 404
    assert client.get(f"{ASK}?{said}", Host=f"{code}.example").status == 400
    assert client.get(f"{YOURS}{code}/", **{"X-Odd": "a" * 9000, "Referer": f"http://x/{code}/"}).status in {400, 431}
    assert client.post(ASK, FORM, Origin=f"http://{code}.example").status == 422


def breaks(client: Visitor, code: str) -> None:
    """An error that quotes the form, and a worker that is killed with the form in its hands."""
    for path in (ASK, f"{YOURS}{code}/"):
        assert client.post(path, FORM | {"code": code}, **{breaking_settings.HEADER: "raise"}).status == 500
    with pytest.raises(ConnectionError):
        client.post(ASK, FORM | {"code": code}, **{breaking_settings.HEADER: "kill"})
    assert client.get("/healthz").status == 200


def without_a_database(site: Site, client: Visitor) -> list[str]:
    """Into the spool, then nowhere, and from the spool into the database. The codes that were shown."""
    spool = site.data_dir / "spool" / "spool.sqlite3"
    with without(site, "intake_answers"):
        code = asked(client, phone=OTHER_NUMBER)
        assert client.post(YOURS, {"code": code, "step": "cancel-now"}).status == 503
        assert leavings(site)["spool.sqlite3"]
        spool.rename(spool.with_name("moved"))
        assert client.post(ASK, FORM).status == 503
        spool.with_name("moved").rename(spool)
    assert client.post(YOURS, {"code": code, "step": "cancel-now"}).status == 200
    return [code]


def signs_up(site: Site, staff: Visitor) -> None:
    """The first account, with an address for mail."""
    link = urllib.parse.urlsplit(site.first_link).path
    staff.get(link)
    person = {"username": "jo", "first_name": "Jo", "password1": PASSWORD, "password2": PASSWORD}
    assert staff.post(link, person).status == 302
    with contextlib.closing(sqlite3.connect(site.data_dir / "db.sqlite3", timeout=PATIENCE)) as database, database:
        database.execute("UPDATE auth_user SET email = 'jo@clinic.example'")


def at_the_desk(site: Site, staff: Visitor) -> None:
    """Found, opened, taken, a try and notes written down, one written down by hand; and what goes wrong."""
    for who in (NAME, NUMBER, OTHER_NUMBER, OTHER_NUMBER[:-1], NOTE):
        staff.get(QUEUE)
        assert staff.post(f"{QUEUE}find/", {"who": who}).status in {200, 302, 422}
    # By the hour of the test it is due now, or waits for its time.
    queue = "".join(staff.get(f"{QUEUE}?tab={tab}").body for tab in ("now", "waiting"))
    assert html.escape(NAME) in queue
    card = re.search(rf"{QUEUE}([0-9a-f-]{{36}})/", queue)[1]
    assert NOTE not in staff.get(f"{QUEUE}{card}/change/").body
    assert staff.post(f"{QUEUE}{card}/take/", {"note": STAFF_NOTE}).status == 200
    assert NOTE in staff.answers[-1].body
    too_soon = {"note": STAFF_NOTE, "later": "2020-01-01T03:00"}
    assert staff.post(f"{QUEUE}{card}/later/", too_soon).status == 409
    tried = f"{QUEUE}{card}/attempt/", {"outcome": "no_answer", "note": STAFF_NOTE}
    assert staff.post(*tried, **{breaking_settings.HEADER: "raise"}).status == 500
    staff.get(f"{QUEUE}{card}/change/")
    with without(site, "record_entry"):
        assert staff.post(*tried).status == 503
    staff.get(f"{QUEUE}{card}/change/")
    assert staff.post(*tried).status == 302
    staff.get(f"{QUEUE}add/")
    assert staff.post(f"{QUEUE}add/", FORM | {"name": f"{NAME} II"}).status == 302
    for tab in ("waiting", "mine", "look", "closed"):
        staff.get(f"{QUEUE}?tab={tab}")


def leavings(site: Site, *visitors: Visitor) -> dict[str, bytes]:
    """Every byte that is left of it all, but the mails."""
    files = {path.name: path.read_bytes() for path in site.data_dir.rglob("*") if path.is_file()}
    told = [each.told() for visitor in visitors for each in visitor.answers]
    return files | {"the log": site.output().encode(), "what answers tell": b"\n".join(told)}


def test_nothing_of_what_was_sent_is_left_in_clear_anywhere(site, mails):
    client, staff = Visitor(site), Visitor(site)
    signs_up(site, staff)
    codes = goes_well(client)
    goes_wrong(client, codes[-1])
    breaks(client, codes[-1])
    codes += without_a_database(site, client)
    at_the_desk(site, staff)
    assert run("rotate_keys", "--new-key", **site.environment).returncode == 0
    wait_for(lambda: mails.mails, what="no mail came")
    site.end()

    secrets = [NUMBER, OTHER_NUMBER, NAME, NOTE, STAFF_NOTE]
    secrets += [code for shown in codes for code in (shown, shown.replace("-", ""))]
    left = leavings(site, client, staff) | {"mails": b"\n".join(map(bytes, mails.mails))}
    assert leaks(secrets, left) == set()
    assert not client.cookies
    assert not [each for each in staff.answers for code in codes if code in each.body]
    # It could have leaked: all of it was there, and was told of.
    assert len(left["db.sqlite3"]) > 100_000 and left["spool.sqlite3"]
    exceptions = set(re.findall(r'"exception": "(\w+)"', left["the log"].decode()))
    assert {"RuntimeError", "OperationalError", "DisallowedHost"} <= exceptions


@pytest.mark.parametrize("secret", [NUMBER, NAME, NOTE, "k7m2-9qxda-4tzw"])
def test_the_search_would_find_it_however_it_is_written(secret):
    digits = re.sub(r"\D", "", secret)
    written = [
        secret.encode(),
        json.dumps({"name": secret}).encode(),
        repr(secret.encode()).encode(),
        html.escape(secret).encode(),
        urllib.parse.urlencode({"name": secret}).encode(),
        urllib.parse.quote(secret).encode(),
        secret.encode("utf-16"),
        secret.encode().hex().encode(),
        secret.encode().hex()[::-1].encode(),
        signing.dumps({"note": f"{secret} " * 20}, compress=True).encode(),
        *(base64.b64encode(b"x" * offset + secret.encode() + b"y" * offset) for offset in range(6)),
        *(base64.urlsafe_b64encode(b"\xff" * offset + secret.encode() + b"\xff") for offset in range(3)),
    ]
    if len(digits) == 10:
        written += [f"+1{digits}".encode(), digits.encode(), f"{digits[:3]}-{digits[3:6]}-{digits[6:]}".encode()]
    for each in written:
        assert leaks([secret], {"there": b"before " + each + b" after"}) == {(secret, "there")}, each
    assert leaks([secret], {"there": b"nothing of the kind"}) == set()
    assert len(min(spellings(secret), key=len)) >= 7
