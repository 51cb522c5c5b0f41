"""`manage.py backup FILE`: all that was confirmed, in one file, while the site goes on. Never a key.

Ended half-way, even by kill -9, there is no FILE; the next backup into the same folder removes what was left.
"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from intake import backup, spool
from intake.copies import CannotCopy
from reentry_site.record import chain
from reentry_site.record.chain import Line

#: For a turn at SQLite's file (seconds). Nobody waits for this command, so it may wait for everybody else.
PATIENCE = 60


class Command(BaseCommand):
    help = "Writes all that was confirmed, and no key, into one file, while the site goes on."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a file that is not there yet, best on another machine's disk")

    def handle(self, *, file: Path, **options) -> None:
        file = file.absolute()
        try:
            self._put_on_the_record()
            manifest = backup.make(file, self.stdout.write)
        except (backup.Refused, CannotCopy) as reason:
            raise CommandError(str(reason)) from reason
        except (spool.Unavailable, Error, OSError) as reason:
            words = f"It stopped ({type(reason).__name__}): the database, the spool or the folder could not be used."
            raise CommandError(f"{words} There is no {file}.") from reason
        rows = manifest.contents.rows
        self.stdout.write(
            f"{file}: {rows['intake_callbackrequest']} requests, {sum(rows.values())} rows in all, "
            f"{manifest.spooled} waiting in the spool, {file.stat().st_size:,} bytes.\n"
            f"The keys are not in it. They lie in {settings.KEYS_DIR}: keep a copy of that folder in another place. "
            "Without them nobody can read a name, a number, a note or a first visit in this file, ever again; whoever "
            "has both can read everything."
        )

    def _put_on_the_record(self) -> None:
        """Before anything leaves. So the line goes along, too."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        chain.write([Line(None, "Made a backup")])
