"""`manage.py restore FILE`: a backup becomes what the site works with; what was there before is kept aside.

Ended half-way, even by kill -9, either all of it is in place or nothing has changed: run it again.
"""

import http.client
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from intake import backup, restoring, spool
from intake.copies import CannotCopy
from reentry_site import data_dir


class Command(BaseCommand):
    help = "Brings a backup back. Nobody is called afterwards until a supervisor has checked and released each request."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys-are-lost", action="store_true", help="restore though nobody can read what the lost keys sealed"
        )

    def handle(self, *, file: Path, keys_are_lost: bool, **options) -> None:
        try:
            data_dir.hold(settings.DATA_DIR, alone=True)
            _refuse_a_running_site()
            done = restoring.restore(file.absolute(), self.stdout.write, keys_are_lost=keys_are_lost)
        except (backup.Refused, CannotCopy, data_dir.Unusable) as reason:
            raise CommandError(f"{reason} Nothing was changed.") from reason
        except (spool.Unavailable, Error, OSError) as reason:
            words = f"It stopped ({type(reason).__name__}): the database, the spool or DATA_DIR could not be used."
            raise CommandError(f"{words} Nothing was changed: run it again.") from reason
        self.stdout.write(_words(done))


def _words(done: restoring.Restored) -> str:
    made_at = f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    kept = (
        f"What was in use before is kept as {done.kept}. What came in after {made_at} is only there. "
        "Nothing purges it: delete it once you have checked.\n"
        if done.kept
        else ""
    )
    return (
        f"Restored: {done.manifest.contents.rows['intake_callbackrequest']} requests as of {made_at}.\n{kept}"
        f"{done.to_check} are open. Each says “Restored: check first”, and nobody is called until a supervisor has "
        "released it; where somebody may be in danger they are called at once. Everybody signs in anew.\n"
        f"Who asked us to stop after {made_at}, or took a request back, is not known here. Ask everyone who has called "
        "since, before anything is released. docs/emergency.md says who else must be told."
    )


def _refuse_a_running_site() -> None:
    """Another one on this port may work on the same database, from another DATA_DIR. Raises backup.Refused."""
    host = settings.PUBLIC_HOSTS[0] if settings.PUBLIC_HOSTS else "localhost"
    site = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=2)
    try:
        site.request("GET", "/healthz", headers={"Host": host})
        runs = site.getresponse().read() == b"ok\n"
    except (OSError, http.client.HTTPException):
        return
    finally:
        site.close()
    if runs:
        raise backup.Refused(
            f"A site answers on port {settings.PORT}. End it first, or set PORT to the one of this site."
        )
