"""Prints a link with which one colleague makes their own account."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from reentry_site.accounts import invitations


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--role",
            action="append",
            help="a group that the new account joins (triage if none is named); may be given more than once",
        )

    def handle(self, *, role: list[str] | None, **options):
        known = set(Group.objects.values_list("name", flat=True))
        if unknown := set(role or ()) - known:
            raise CommandError(f"There is no role {', '.join(sorted(unknown))}. Roles: {', '.join(sorted(known))}.")
        roles = role or ["triage"]
        if not invitations.staff_exists():
            roles = []
            self.stderr.write("No staff account exists yet: the first one joins all groups.")
        self.stderr.write(f"Good for {settings.INVITATION_SECONDS // 60} minutes, once:")
        self.stdout.write(invitations.new_link(*roles))
