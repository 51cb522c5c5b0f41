"""`manage.py purge`: delete the closed requests that are past keeping now. The sweeper does the same each hour."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from intake import keeping, traces
from intake.keeping import Outlook


class Command(BaseCommand):
    help = "Deletes the closed requests that are kept no longer, with all that belongs to them."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted now, and delete nothing")

    def handle(self, *, dry_run: bool, **options) -> None:
        now = timezone.now()
        found = keeping.outlook(now)
        going = found.going if dry_run else keeping.purge(now)
        self.stdout.write(_words(found, going, "would be deleted" if dry_run else "deleted"))
        if dry_run:
            return
        try:
            traces.wipe(now)
        except Error as reason:
            words = f"The files of the database could not be written anew ({type(reason).__name__})."
            raise CommandError(f"{words} The sweeper does it within the hour, or run this again.") from reason


def _words(found: Outlook, going: int, done: str) -> str:
    return (
        f"{going} {done}: {found.closed} closed for {settings.PURGE_AFTER_DAYS} days, "
        f"{found.spam} that were no request for {settings.PURGE_SPAM_AFTER_DAYS} days.\n"
        f"{found.kept} kept though past their days: {found.on_hold} on hold, "
        f"{found.to_be_read} with a note to be read, {found.to_be_asked} to be asked again."
    )
