"""The cast: Jo and Tom at the desk, and requests made the way a client makes them."""

import dataclasses
import datetime
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.utils import timezone

from intake import accepting, changing, codes, heartbeat, spool, suspicion, traces
from intake.answers import Answers
from intake.heartbeat import Heartbeat
from intake.models import CallbackRequest
from intake.record import references
from intake.submission import Submission
from intake.words import Resolution
from reentry_site.record.models import Entry
from tests.intake.grid import Desk

#: A Tuesday, 10 in the morning in Cleveland: a morning in the desk's default hours.
TUESDAY_10 = datetime.datetime(2026, 3, 3, 15, tzinfo=datetime.UTC)

MINUTE = datetime.timedelta(minutes=1)
NUMBER = "+12165550143"


def store(now=TUESDAY_10, phone=NUMBER, **sent) -> Answers:
    """A press of the form that the database takes."""
    return accepting.store(Submission(phone, **sent), now)


def code_of(version: Answers) -> str:
    """The code that was shown after this press."""
    return codes.private_code(version.id)


def opens(code: str, now=TUESDAY_10) -> Answers | None:
    key = changing.find(code, now)
    return key and key.answers


def withdraw(version: Answers, now=TUESDAY_10) -> bool:
    return changing.withdraw(code_of(version), now)


def at_once(*actions: Callable[[], object]) -> list:
    """What these give that begin in one moment, each in a thread and on a connection of its own."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        start.wait()
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def requests() -> list[CallbackRequest]:
    return list(CallbackRequest.objects.order_by("asked_at"))


def change(code: str, now=TUESDAY_10 + MINUTE, **changes) -> Answers | None:
    """What stands after the client has changed this by the private link."""
    made = changing.change(code, lambda sent: dataclasses.replace(sent, **changes), now)
    return made and made[0].answers


@pytest.fixture
def now():
    return TUESDAY_10


@pytest.fixture
def clock(monkeypatch):
    """What the desk's pages take for now: TUESDAY_10, until `clock.now` is another moment."""

    class Clock:
        now = TUESDAY_10

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


def staff(name: str, *groups: str) -> User:
    user = User.objects.create_user(name.lower(), password="a long lamp by the door", first_name=name, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def jo(db):
    return staff("Jo", "triage")


@pytest.fixture
def tom(db):
    return staff("Tom", "triage")


@pytest.fixture
def ada(db):
    return staff("Ada", "supervisor")


@pytest.fixture
def desk(jo, tom, now):
    """Jo and Tom, Ana, who did what was done before, a supervisor, and one whose account is switched off."""
    ana, gone = staff("Ana", "triage"), staff("Gus", "triage")
    gone.is_active = False
    gone.save()
    return Desk(jo, tom, ana, staff("Sue", "supervisor"), gone, now)


@pytest.fixture
def pat(db):
    """Looks after privacy."""
    return staff("Pat", "privacy")


@pytest.fixture(autouse=True)
def nothing_remembered(settings, tmp_path):
    """Each test starts anew: nobody posted before, nothing waits in the spool or to be wiped, all works."""
    suspicion.forget()
    accepting.mend()
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.SPOOL_DIR.mkdir()
    (settings.SPOOL_DIR / spool.FILE).touch()
    heartbeat.write(Heartbeat(at=timezone.now()))
    (settings.DATA_DIR / traces.FILE).unlink(missing_ok=True)


@pytest.fixture
def make_request(db, now):
    """Store a request as the form would. Keywords go to Submission; `at` and `look` to `store`."""

    def make(phone="+12165550143", *, at=now, crisis=False, look=(), **sent) -> CallbackRequest:
        stored = accepting.store(Submission(phone, **sent), at, look).request
        if crisis:
            stored.mark_crisis()
        return CallbackRequest.objects.get(pk=stored.pk)

    return make


@pytest.fixture
def no_database(db):
    """The tables are gone for a while; `back()` brings them."""

    def rename(*names):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE {} RENAME TO {}".format(*names))

    rename("intake_callbackrequest", "away")

    def back():
        rename("away", "intake_callbackrequest")
        accepting.mend()

    return back


@pytest.fixture
def clinic_with(settings, tmp_path):
    """Gives the clinic other facts for one test: lines of facts.yaml, under its name and number."""

    def write(lines: str) -> None:
        (tmp_path / "facts.yaml").write_text(f'name: "C"\nphone: "216 555 0100"\n{lines}', encoding="utf-8")
        settings.CONTENT_DIR = tmp_path

    return write


QUEUE = "/admin/intake/callbackrequest/"
TOGETHER = QUEUE + "together/"
CLOSINGS = {"not_reached": Resolution.NOT_REACHED, "not_a_request": Resolution.NOT_A_REQUEST}
KEEPING = f"{QUEUE}keeping/"


def card(request: CallbackRequest, verb: str = "change") -> str:
    return f"{QUEUE}{request.pk}/{verb}/"


@pytest.fixture
def client_of():
    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def page_of(client_of):
    return lambda user, address: client_of(user).get(address).content.decode()


# Several requests at once ---------------------------------------------------------------------------------------


@pytest.fixture
def press_together(client_of, ada):
    """What the supervisor gets who presses `do` with these chosen; keywords are further fields."""
    client = client_of(ada)
    return lambda do, *chosen, **fields: client.post(
        TOGETHER, {"do": do, "chosen": [getattr(each, "pk", each) for each in chosen]} | fields
    )


@pytest.fixture
def make_opened(make_request, now):
    """Requests at numbers of their own, whose cards somebody opened."""
    made = iter(range(100))

    def make(**kept) -> CallbackRequest:
        stored = make_request(f"+121655501{next(made):02}", note="private words", name="Rosalind")
        CallbackRequest.objects.filter(pk=stored.pk).update(opened_at=now, **kept)
        return CallbackRequest.objects.get(pk=stored.pk)

    return make


def carried(page) -> list[str]:
    """What the page would send on: each request and how it stood."""
    return re.findall(r'name="chosen" value="([^"]+ [^"]+)"', page.content.decode())


def words_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode())).replace("&#x27;", "'")


def said(page) -> list[str]:
    return [str(each) for each in get_messages(page.wsgi_request)]


def on_record() -> list[tuple[str, str]]:
    """Of which request (its reference, or ""), what; the oldest first."""
    entries = list(Entry.objects.order_by("pk"))
    of = references(entries)
    return [(of[entry.request], entry.what) for entry in entries]


def recorded_by() -> set[int | None]:
    """The accounts that stand in the record."""
    return set(Entry.objects.values_list("who", flat=True))
