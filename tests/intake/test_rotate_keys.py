"""`rotate_keys` seals everything anew under a site that goes on, loses nothing, and goes on after it was killed."""

import contextlib
import http.client
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

import pytest
from django.core.management import CommandError, call_command

from intake import accepting, spool, vault
from intake.answers import Answers
from intake.attempts import Draft, StaffNote, Visit
from intake.management.commands import rotate_keys
from intake.submission import Submission
from tests.intake.conftest import TUESDAY_10
from tests.site import PATIENCE, ROOT, environment, run


@pytest.fixture
def keys(settings, tmp_path):
    """A folder of keys of its own, with one sealing key."""
    settings.KEYS_DIR = shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    assert vault.key_numbers() == [1]
    return settings.KEYS_DIR


def rotate(*options: str) -> str:
    said = io.StringIO()
    call_command("rotate_keys", *options, stdout=said)
    return said.getvalue()


def numbers() -> list[int]:
    """The keys that are named in the database, once for each row."""
    rows = [row for model in rotate_keys.sealed_models() for row in model.objects.all()]
    return sorted(vault.key_number(row.sealed) for row in rows)


def long_ago(number: int) -> None:
    then = time.time() - rotate_keys.SETTLED - 1
    os.utime(vault.key_file(number), (then, then))


def test_everything_that_is_sealed_gets_the_new_key_and_opens(keys, make_request, jo, now):
    request = make_request(name="Sam", note="hello")
    StaffNote.write(request, jo, "rings after six", now)
    Draft.keep(request, jo, "half a line")
    Visit.write(request, jo, now.date(), now)
    said = rotate("--new-key")
    assert "Made key 2." in said and "All is sealed with key 2: 4 anew." in said
    assert numbers() == [2, 2, 2, 2]
    assert Answers.objects.get().submission == Submission("+12165550143", name="Sam", note="hello")
    assert StaffNote.objects.get().text == "rings after six"
    assert (Draft.of(request, jo), Visit.objects.get().day) == ("half a line", now.date())
    assert vault.key_file(2).stat().st_mode & 0o777 == 0o600
    assert len({vault.key_file(number).read_bytes() for number in (1, 2)}) == 2


def test_every_table_with_a_sealed_column_is_among_them():
    assert set(rotate_keys.sealed_models()) == {Answers, Draft, StaffNote, Visit}


def test_a_run_with_nothing_to_do_makes_no_key_and_changes_nothing(keys, make_request):
    make_request()
    before = Answers.objects.get().sealed
    assert "All is sealed with key 1, the newest." in rotate("--finish")
    assert (vault.key_numbers(), Answers.objects.get().sealed) == ([1], before)


def test_more_than_one_batch_is_sealed_anew(keys, make_request, monkeypatch):
    monkeypatch.setattr(rotate_keys, "BATCH", 2)
    for number in range(5):
        make_request(f"+1216555010{number}")
    rotate("--new-key")
    assert numbers() == [2] * 5


@pytest.mark.parametrize("damage", [b"", b"\x01\x00\x01 damaged", b"\xff" * 300, b"\x01\x00\x07" + b"7" * 300])
def test_what_cannot_be_opened_is_left_as_it_is_and_named(keys, make_request, damage):
    make_request("+12165550101")
    broken = make_request("+12165550102").versions.get()
    Answers.objects.filter(pk=broken.pk).update(sealed=damage)
    with pytest.raises(CommandError, match="1 sealed anew with key .*; 1 cannot be opened. Keep every key."):
        rotate("--new-key")
    assert bytes(Answers.objects.get(pk=broken.pk).sealed) == damage
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("rotate_keys", stdout=said)
    assert f"Cannot be opened, left as it is: intake.Answers {broken.pk}\n" in said.getvalue()


def test_what_cannot_be_opened_hides_nothing_behind_it(keys, make_request, monkeypatch):
    monkeypatch.setattr(rotate_keys, "BATCH", 1)
    for number in range(3):
        make_request(f"+1216555010{number}")
    *broken, last = Answers.objects.order_by("pk").values_list("pk", flat=True)
    Answers.objects.filter(pk__in=broken).update(sealed=b"damaged")
    with pytest.raises(CommandError, match="1 sealed anew .* 2 cannot be opened"):
        rotate("--new-key")
    assert vault.key_number(Answers.objects.get(pk=last).sealed) == 2


def test_the_number_of_a_lost_key_is_not_given_again(keys, make_request):
    """Its file may come back, and must find its place free."""
    request = make_request()
    Answers.objects.filter(request=request).update(sealed=b"\x01\x00\x07" + b"7" * 300)
    with pytest.raises(CommandError):
        rotate("--new-key")
    assert vault.key_numbers() == [1, 8]


def test_a_row_that_was_written_meanwhile_is_not_overwritten(keys, make_request, monkeypatch):
    sent = make_request().versions.get()
    newer = vault.seal(sent.content | {"name": "newer"}, sent.pk)
    in_earnest = rotate_keys._sealed_anew

    def write_meanwhile(batch):
        opened = in_earnest(batch)
        Answers.objects.filter(sealed=bytes(sent.sealed)).update(sealed=newer)
        return opened

    monkeypatch.setattr(rotate_keys, "_sealed_anew", write_meanwhile)
    rotate("--new-key")
    assert Answers.objects.get().content["name"] == "newer"
    assert numbers() == [2]


# Forgetting old keys ------------------------------------------------------------------------------------------


def test_an_old_key_is_forgotten_once_nothing_needs_it(keys, make_request):
    make_request(name="Sam")
    rotate("--new-key")
    long_ago(2)
    said = rotate("--forget-old")
    assert "Forgot key 1. Copies of the database from before key 2 open only with it" in said
    assert vault.key_numbers() == [2]
    vault.forget_keys()
    assert Answers.objects.get().submission.name == "Sam"
    assert "There is no key but key 2." in rotate("--forget-old")


def test_a_key_that_a_row_needs_is_kept(keys, make_request):
    make_request()
    vault.key_file(2).write_bytes(b"2" * 32)
    long_ago(2)
    with pytest.raises(CommandError, match="Still in use, so kept: key 1"):
        rotate("--forget-old")
    assert vault.key_numbers() == [1, 2]


def test_a_key_that_only_the_spool_needs_is_kept_until_it_has_come_in(keys, db):
    sealed = vault.seal(Submission("+12165550143").content() | {"look": []}, version := uuid.uuid4())
    spool.put(version, sealed, TUESDAY_10)
    assert "1 waiting in the spool keep their key" in rotate("--new-key")
    long_ago(2)
    with pytest.raises(CommandError, match="Still in use, so kept: key 1"):
        rotate("--forget-old")
    assert accepting.drain() == 1
    rotate("--forget-old")
    assert (vault.key_numbers(), numbers()) == ([2], [2])


def test_while_the_spool_is_away_no_key_is_forgotten(keys, db, settings, tmp_path):
    vault.key_file(2).write_bytes(b"2" * 32)
    long_ago(2)
    settings.SPOOL_DIR = tmp_path / "gone"
    with pytest.raises(CommandError, match="Nothing was lost"):
        rotate("--forget-old")
    assert vault.key_numbers() == [1, 2]


def test_just_after_a_new_key_none_is_forgotten(keys, db):
    """A request that is being stored may have been sealed a moment before."""
    rotate("--new-key")
    with pytest.raises(CommandError, match="Key 2 is new. Wait 10 minutes"):
        rotate("--forget-old")
    assert vault.key_numbers() == [1, 2]


def test_another_account_makes_no_key_that_the_site_could_not_read(keys, db, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(CommandError, match="Run this as the account that runs the site"):
        rotate("--new-key")
    assert vault.key_numbers() == [1]


def test_the_same_command_finishes_what_was_ended_half_way_and_then_makes_the_next_key(keys, make_request):
    version = make_request().versions.get()
    rotate()
    Answers.objects.filter(pk=version.pk).update(sealed=version.sealed)  # as a run that was killed leaves it
    rotate()
    assert vault.key_numbers() == [1, 2]
    rotate()
    assert vault.key_numbers() == [1, 2, 3]


def test_after_the_first_key_was_forgotten_the_next_start_is_no_alarm(set_up, tmp_path):
    data = shutil.copytree(set_up, tmp_path / "data")
    assert run("rotate_keys", DATA_DIR=data).returncode == 0
    (data / "keys" / "seal-0001.key").unlink()
    assert run("rotate_keys", "--finish", DATA_DIR=data).stdout == "All is sealed with key 2, the newest.\n"


# Under a site that goes on ------------------------------------------------------------------------------------

MANY = 3000


def fill(data, *, with_request: str) -> set[uuid.UUID]:
    """Many versions, so that a rotation takes long enough to be killed half-way."""
    ids = {uuid.uuid4() for _ in range(MANY)}
    rows = [
        (each.hex, with_request, "2026-03-03", "", False, vault.seal({"phone": "+12165550100"}, each)) for each in ids
    ]
    with contextlib.closing(sqlite3.connect(data / "db.sqlite3", timeout=PATIENCE)) as database, database:
        database.executemany(
            "INSERT INTO intake_answers (id, request_id, sent_at, name_hash, main_hash, replaced, sealed)"
            " VALUES (?, ?, ?, ?, '', ?, ?)",
            rows,
        )
    return ids


def stored(data) -> dict[uuid.UUID, bytes]:
    with contextlib.closing(sqlite3.connect(data / "db.sqlite3", timeout=PATIENCE)) as database:
        return {uuid.UUID(row[0]): row[1] for row in database.execute("SELECT id, sealed FROM intake_answers")}


class Clients:
    """Four clients who go on asking for calls, each time from another number; `thanked` holds the confirmed ones."""

    def __init__(self, port: int):
        self.thanked, self.answers, self._enough = set(), set(), threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(port, each)) for each in range(4)]

    def _ask(self, port: int, which: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for number in range(10_000):
            if self._enough.is_set():
                break
            phone = f"21655{which + 2}{number:04}"
            form = urllib.parse.urlencode({"phone": phone})
            connection.request("POST", "/callback/", form, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
            self.answers.add(answer.status)
            if answer.status == 303:
                self.thanked.add(f"+1{phone}")
        connection.close()

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *exception):
        self._enough.set()
        for each in self._threads:
            each.join()


def test_under_load_and_killed_half_way_nothing_is_lost_and_the_next_run_goes_on(site, settings):
    settings.KEYS_DIR, settings.SPOOL_DIR = site.data_dir / "keys", site.data_dir / "spool"
    filled = fill(site.data_dir, with_request=uuid.uuid4().hex)
    command = [sys.executable, ROOT / "manage.py", "rotate_keys"]
    unbuffered = environment(**site.environment, PYTHONUNBUFFERED="1")
    with Clients(site.port) as clients:
        with subprocess.Popen(command, env=unbuffered, stdout=subprocess.PIPE, text=True) as rotation:
            next(line for line in rotation.stdout if "sealed anew so far" in line)
            rotation.send_signal(signal.SIGKILL)
        assert {vault.key_number(sealed) for sealed in stored(site.data_dir).values()} == {1, 2}
        done = run("rotate_keys", **site.environment)
        assert (done.returncode, done.stderr) == (0, "")
        asked_until_now = len(clients.thanked)
        while len(clients.thanked) < asked_until_now + 5:
            time.sleep(0.01)
    run("rotate_keys", "--finish", **site.environment)  # for whoever was being stored when the first key was replaced
    rows = stored(site.data_dir)
    assert {vault.key_number(sealed) for sealed in rows.values()} == {2}
    assert filled <= rows.keys()
    waiting = {each.id: each.sealed for each in spool.rows()}
    opened = {vault.open_sealed(sealed, each)["phone"] for each, sealed in (rows | waiting).items()}
    assert clients.answers <= {303, 503}  # a disk that is too busy for both files is said, and is no promise
    assert clients.thanked <= opened
    assert vault.key_numbers() == [1, 2]
