"""Prints a link with which one colleague makes their own account, or starts again who lost what they sign in with."""

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError

from reentry_site.accounts import invitations


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--reset", metavar="USER", help="for who lost the password or the second step")
        what.add_argument(
            "--role",
            action="append",
            help="a group that the new account joins (triage if none is named); may be given more than once",
        )

    def handle(self, *, role: list[str] | None, reset: str | None, **options):
        link = self._again(reset) if reset else self._new(role)
        self.stderr.write(f"Good for {settings.INVITATION_SECONDS // 60} minutes, once:")
        self.stdout.write(link)

    def _again(self, name: str) -> str:
        user = User.objects.filter(username=name, is_active=True, is_staff=True).first()
        if user is None:
            raise CommandError("No account of that user name is switched on.")
        self.stderr.write("Until the link is used, the old password and second step stay as they are.")
        return invitations.again_link(user)

    def _new(self, role: list[str] | None) -> str:
        known = set(Group.objects.values_list("name", flat=True))
        if unknown := set(role or ()) - known:
            raise CommandError(f"There is no role {', '.join(sorted(unknown))}. Roles: {', '.join(sorted(known))}.")
        roles = role or ["triage"]
        if not invitations.staff_exists():
            roles = []
            self.stderr.write("No staff account exists yet: the first one joins all groups.")
        return invitations.new_link(*roles)
