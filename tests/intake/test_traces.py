"""Of what was purged no byte stays in the files of the database: not what was sealed, no nonce, no keyed hash."""

import datetime
import random
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from intake import keeping, traces, vault
from intake.answers import Answers, PrivateCode
from intake.attempts import ContactAttempt, Draft, StaffNote, StepTaken, Visit
from intake.claims import FREE
from intake.models import CallbackRequest
from intake.sweeping import Sweeper
from intake.words import CrisisStep, Outcome, Resolution, Status
from tests.intake.conftest import TUESDAY_10, store

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="looks at SQLite's one file"),
]
DAY = datetime.timedelta(days=1)
LATER = TUESDAY_10 + 200 * DAY
MANY = 1000


def files() -> bytes:
    """Every byte of the database and of its journal."""
    connection.close()
    file = Path(connection.settings_dict["NAME"])
    return b"".join(path.read_bytes() for path in (file, file.with_name(f"{file.name}-journal")) if path.exists())


def parts(sealed: bytes) -> set[bytes]:
    """The whole of it, and its nonce alone."""
    return {bytes(sealed), bytes(sealed)[vault.HEADER_BYTES : vault.HEADER_BYTES + vault.NONCE_BYTES]}


def secrets_of(requests) -> dict[str, set[bytes]]:
    """All that is sealed or hashed of these requests, by where it is kept."""
    found = {
        model.__name__: {part for row in model.objects.filter(request__in=requests) for part in parts(row.sealed)}
        for model in (Answers, StaffNote, Visit, Draft)
    }
    versions = Answers.objects.filter(request__in=requests)
    hashes = {
        "number": requests.values_list("phone_hash", flat=True),
        "name": versions.values_list("name_hash", flat=True),
        "main number": versions.values_list("main_hash", flat=True),
        "code": PrivateCode.objects.filter(answers__in=versions).values_list("hash", flat=True),
    }
    return found | {name: {each.encode() for each in values} for name, values in hashes.items()}


def left_of(secrets: dict[str, set[bytes]]) -> dict[str, int]:
    """How many of each kind are still somewhere in the files, as they are or in hexadecimal digits."""
    content = files()
    folded = content.lower()
    return {
        kind: sum(each in content or each.hex().encode() in folded for each in values)
        for kind, values in secrets.items()
    }


def write(model, requests, chance: random.Random, **fields) -> None:
    """A sealed row for each, of many lengths."""
    rows = [model(request=request, **fields) for request in requests]
    for row in rows:
        row.sealed = vault.seal({"text": "x" * chance.choice((5, 300, 900, 1500))}, row.id)
    model.objects.bulk_create(rows)


@pytest.fixture
@transaction.atomic
def many(jo) -> list[CallbackRequest]:
    """Hundreds of requests that were worked, in many pages of the file. Every other one is long closed."""
    call_command("make_requests", count=MANY, seed=7, verbosity=0)
    requests, chance = list(CallbackRequest.objects.order_by("reference")), random.Random(7)  # noqa: S311 (no secret)
    chance.shuffle(requests)
    written = {"written_by": jo, "written_at": TUESDAY_10}
    made = {"made_by": jo, "made_at": TUESDAY_10}
    for model, by in ((StaffNote, written), (Visit, made), (Draft, {"written_by": jo}), (StaffNote, written)):
        write(model, requests, chance, **by)
    for version in Answers.objects.all():
        hashes = {name: vault.keyed_hash(f"{name} {version.pk}") for name in ("name_hash", "main_hash")}  # of one alone
        Answers.objects.filter(pk=version.pk).update(**hashes)
    ContactAttempt.objects.bulk_create(ContactAttempt(request=each, outcome=Outcome.BUSY, **made) for each in requests)
    StepTaken.objects.bulk_create(StepTaken(request=each, step=CrisisStep.TOLD, **made) for each in requests)
    closed = {"status": Status.CLOSED, "resolution": Resolution.NOT_REACHED, "next_try_at": None, "needs_look": False}
    closed |= FREE | {"ask_again_at": None, "on_hold": False}
    of_each = CallbackRequest.objects.filter
    of_each(pk__in=[each.pk for each in requests[::2]]).update(closed_at=TUESDAY_10, **closed)
    of_each(pk__in=[each.pk for each in requests[1::2]]).update(closed_at=LATER, **closed)
    return requests


def test_no_byte_of_what_was_purged_stays_in_the_files(many):
    going = CallbackRequest.objects.past_keeping(LATER)
    gone, kept = secrets_of(going), secrets_of(CallbackRequest.objects.exclude(pk__in=going.values("pk")))
    counts = {kind: len(values) for kind, values in gone.items()}
    assert left_of(gone) == counts  # it could be found
    assert min(counts.values()) > MANY / 4

    assert keeping.purge(LATER) == MANY / 2
    traces.wipe(LATER)

    assert left_of(gone) == dict.fromkeys(gone, 0)
    assert left_of(kept) == {kind: len(values) for kind, values in kept.items()}


def test_what_was_replaced_goes_with_it(many, jo):
    drafts = {part for draft in Draft.objects.all() for part in parts(draft.sealed)}
    with transaction.atomic():
        for request in many:
            Draft.keep(request, jo, "half a line, and more of it")
    assert not {part for draft in Draft.objects.all() for part in parts(draft.sealed)} & drafts

    keeping.purge(LATER)
    traces.wipe(LATER)

    assert left_of({"drafts": drafts}) == {"drafts": 0}


def test_a_process_that_dies_in_between_leaves_the_wiping_to_the_next(many):
    keeping.purge(LATER)
    assert free_pages() > 0  # as it was left

    assert Sweeper().round()

    assert free_pages() == 0
    assert not traces._path().exists()


def test_where_nothing_was_deleted_nothing_is_written_anew():
    store(name="Ana")
    assert keeping.purge(TUESDAY_10) == 0
    before = Path(connection.settings_dict["NAME"]).stat().st_mtime_ns
    traces.wipe(TUESDAY_10)
    assert Path(connection.settings_dict["NAME"]).stat().st_mtime_ns == before


def test_while_somebody_else_is_at_the_database_it_is_put_off():
    traces.expect()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError):
            traces.wipe(TUESDAY_10)
        cursor.execute("ROLLBACK")
    other.close()
    traces.wipe(TUESDAY_10)
    assert not traces._path().exists()


def free_pages() -> int:
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA freelist_count").fetchone()[0]
