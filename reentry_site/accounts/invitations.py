"""How a staff account comes to be: a signed link, good for a short while and for one account.

An invitation is kept nowhere until it is used. Accounts made here are never superusers.
"""

import dataclasses
import secrets

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse

from reentry_site.accounts.forms import SignUpForm
from reentry_site.accounts.models import UsedInvitation

SALT = "staff-invitation"
ADDRESS = "address"


@dataclasses.dataclass(frozen=True)
class Invitation:
    """`roles` are the groups that the new account joins; none are named for the first account, which joins all."""

    jti: str
    roles: tuple[str, ...] = ()

    @property
    def for_first_account(self) -> bool:
        return not self.roles


def staff_exists() -> bool:
    return User.objects.filter(is_staff=True).exists()


def base_address() -> str:
    """Where staff reach the site: as `serve` last wrote it, whatever PORT is set where the link is asked for."""
    if settings.PUBLIC:
        return f"https://{settings.PUBLIC_HOSTS[0]}"
    written = settings.DATA_DIR / ADDRESS
    return written.read_text().strip() if written.exists() else f"http://localhost:{settings.PORT}"


def write_address() -> None:
    """Say where the site runs on this machine. By name, not by number: passkeys need one."""
    (settings.DATA_DIR / ADDRESS).write_text(f"http://localhost:{settings.PORT}\n")


def new_link(*roles: str) -> str:
    """A sign-up link for these roles; without any, for the first account."""
    token = signing.dumps({"jti": secrets.token_urlsafe(12), "roles": roles}, salt=SALT)
    return base_address() + reverse("accounts:invited", args=[token])


def read(token: str) -> Invitation | None:
    """The invitation in a link, while it can still be used."""
    try:
        content = signing.loads(token, salt=SALT, max_age=settings.INVITATION_SECONDS)
    except signing.BadSignature:
        return None
    invitation = Invitation(content["jti"], tuple(content["roles"]))
    ended = UsedInvitation.objects.filter(pk=invitation.jti).exists()
    if ended or (invitation.for_first_account and staff_exists()):
        return None
    return invitation


def accept(invitation: Invitation, form: SignUpForm) -> User | None:
    """Make the account that a valid form asks for; None when someone else was quicker with the same link."""
    try:
        with transaction.atomic():
            # PostgreSQL: one sign-up after the other, so that only one account is the first. SQLite does so anyway.
            groups = list(Group.objects.select_for_update().order_by("pk"))
            UsedInvitation.objects.create(jti=invitation.jti)
            if invitation.for_first_account and staff_exists():
                return None
            user = form.save(commit=False)
            user.is_staff = True
            user.save()
            roles = invitation.roles or [group.name for group in groups]
            user.groups.set(group for group in groups if group.name in roles)
            return user
    except IntegrityError:
        return None
