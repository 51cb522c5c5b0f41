"""`manage.py rotate_keys`: makes a new key and seals everything with it while the site goes on.

Ended half-way, even by kill -9, it goes on when it is run again. What cannot be opened stays as it is, and is named.
"""

import os
import secrets
import time
import uuid

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection, models, transaction

from intake import spool, vault
from intake.sealed import sealed_models, sealed_with
from reentry_site import data_dir
from reentry_site.record import chain
from reentry_site.record.chain import Line

#: So many rows are written at once, and then the site's own writers have their turn (seconds).
BATCH = 100
PAUSE = 0.05
#: Nothing that was under way when a key was made goes on for so long (seconds): until then its forerunner is kept.
SETTLED = 10 * 60
#: For a turn at the database (seconds). Nobody waits for this command, so it may wait for everybody else.
PATIENCE = 60
BEFORE_ANY = uuid.UUID(int=0)


class Command(BaseCommand):
    help = "Makes a new key and seals everything with it while the site goes on. Ended half-way, run it again."

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--new-key", action="store_true", help="make a new key although the last rotation is unfinished"
        )
        what.add_argument("--finish", action="store_true", help="make no key: seal with the newest what is not yet")
        what.add_argument("--forget-old", action="store_true", help="remove the keys that nothing is sealed with")

    def handle(self, *, new_key: bool, finish: bool, forget_old: bool, **options) -> None:
        _refuse_another_account()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        try:
            if forget_old:
                self._forget_old()
                return
            if new_key or not (finish or _is_unfinished()):
                self._make_key()
            self._seal_anew()
        except (vault.CannotSeal, spool.Unavailable, Error) as reason:
            words = f"It stopped ({type(reason).__name__}): a key, the spool or the database could not be used."
            raise CommandError(f"{words} Nothing was lost. Run it again: it goes on where it stopped.") from reason

    def _make_key(self) -> None:
        """Numbered after every key that is named anywhere, so that one whose file was lost can still come back."""
        number = max(vault.newest_key(), *(_highest_named(model) for model in sealed_models())) + 1
        file = vault.key_file(number)
        with transaction.atomic():  # on the record, or there is none
            chain.write([Line(None, f"Made key {number}")])
            data_dir.write_once(file, secrets.token_bytes(vault.KEY_BYTES))
        self.stdout.write(f"Made key {number}. Put a copy of {file} where you keep copies of the other keys, now.")

    def _seal_anew(self) -> None:
        """Again from the start until nothing is found: what was being written meanwhile is found next time."""
        done, found = 0, 1
        while found:
            newest, found, closed = vault.newest_key(), 0, []
            for model in sealed_models():
                for batch in _batches(model, newest):
                    opened, failed = _sealed_anew(batch)
                    closed += [f"{model._meta.label} {pk}" for pk in failed]
                    found += len(opened)
                    done += _exchange(model, opened)
                    self.stdout.write(f"{model._meta.label}: {done} sealed anew so far")
                    time.sleep(PAUSE)
        self._say_how_it_ended(newest, done, closed)

    def _say_how_it_ended(self, newest: int, done: int, closed: list[str]) -> None:
        if waiting := spool.count():
            self.stdout.write(f"{waiting} waiting in the spool keep their key until they come into the database.")
        if closed:
            for each in closed:
                self.stdout.write(f"Cannot be opened, left as it is: {each}")
            raise CommandError(f"{done} sealed anew with key {newest}; {len(closed)} cannot be opened. Keep every key.")
        self.stdout.write(
            f"All is sealed with key {newest}: {done} anew."
            if done
            else f"All is sealed with key {newest}, the newest."
        )

    def _forget_old(self) -> None:
        *old, newest = vault.key_numbers()
        if time.time() - vault.key_file(newest).stat().st_mtime < SETTLED:
            raise CommandError(f"Key {newest} is new. Wait {SETTLED // 60} minutes, so that nothing old is on its way.")
        needed = [number for number in old if _is_named(number)]
        for number in old:
            if number not in needed:
                with transaction.atomic():
                    chain.write([Line(None, f"Forgot key {number}")])
                    vault.key_file(number).unlink()
                self.stdout.write(
                    f"Forgot key {number}. Copies of the database from before key {newest} open only with it: keep it "
                    "beside them for as long as you keep them."
                )
        if needed:
            keys = ", ".join(map(str, needed))
            raise CommandError(f"Still in use, so kept: key {keys}. Run rotate_keys first.")
        if not old:
            self.stdout.write(f"There is no key but key {newest}.")


def _refuse_another_account() -> None:
    """A key that belongs to another account could not be read by the site, which would then take no request."""
    if os.geteuid() != settings.KEYS_DIR.stat().st_uid:
        raise CommandError("Run this as the account that runs the site: the keys belong to it.")


def _is_unfinished() -> bool:
    """A rotation was ended half-way: something is sealed with an older key still."""
    newest = vault.newest_key()
    return any(model.objects.exclude(sealed_with(newest)).exists() for model in sealed_models())


def _is_named(number: int) -> bool:
    """Something is sealed with this key, as far as it says itself."""
    stored = any(model.objects.filter(sealed_with(number)).exists() for model in sealed_models())
    return stored or any(vault.key_number(waiting.sealed) == number for waiting in spool.rows())


def _highest_named(model: type[models.Model]) -> int:
    sealed = model.objects.filter(sealed__lt=vault.header_of(vault.MOST_KEYS)).order_by("-sealed")
    return vault.key_number(sealed.values_list("sealed", flat=True).first() or b"")


def _batches(model: type[models.Model], newest: int):
    """Everything that another key sealed, in lists of (id, sealed); nothing is locked between two of them."""
    rows, last = model.objects.exclude(sealed_with(newest)).order_by("pk"), BEFORE_ANY
    while batch := list(rows.filter(pk__gt=last).values_list("pk", "sealed")[:BATCH]):
        yield batch
        last = batch[-1][0]


def _sealed_anew(batch: list[tuple]) -> tuple[list[tuple], list[uuid.UUID]]:
    """(id, old bytes, new bytes) of what opens, and the ids of what does not."""
    opened, failed = [], []
    for pk, sealed in batch:
        try:
            opened.append((pk, sealed, vault.seal(vault.open_sealed(sealed, pk), pk)))
        except vault.CannotOpen:
            failed.append(pk)
    return opened, failed


@transaction.atomic
def _exchange(model: type[models.Model], opened: list[tuple]) -> int:
    """How many were exchanged: only those that still are as they were read."""
    return sum(model.objects.filter(pk=pk, sealed=old).update(sealed=new) for pk, old, new in opened)
