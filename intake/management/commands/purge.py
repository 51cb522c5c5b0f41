"""`manage.py purge`: delete the closed requests that are past keeping now. The sweeper does the same each hour."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from intake.models import CallbackRequest


class Command(BaseCommand):
    help = "Deletes the closed requests that are kept no longer, with all that belongs to them."

    def handle(self, *args, **options) -> None:
        purged = CallbackRequest.objects.purge(timezone.now())
        self.stdout.write(f"{purged} {'request was' if purged == 1 else 'requests were'} deleted.")
