"""How a staff account comes to be, and how its owner starts again who lost the password or the second step: a signed
link, good for a short while and once.

No link is kept anywhere until it is used. Accounts made here are never superusers.
"""

import dataclasses
import secrets

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from reentry_site.accounts import sessions
from reentry_site.accounts.events import said
from reentry_site.accounts.forms import NewPasswordForm, SignUpForm
from reentry_site.accounts.models import UsedInvitation

SALT = "staff-invitation"
SALT_AGAIN = "staff-starts-again"
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
            said(user, f"Made the account by an invitation: {', '.join(roles)}")
            return user
    except IntegrityError:
        return None


# Starting again ------------------------------------------------------------------------------------------------


def again_link(user: User) -> str:
    """A link by which this person chooses a new password and sets up a new second step. It ends with the password."""
    token = signing.dumps({"user": user.pk, "was": _mark(user)}, salt=SALT_AGAIN)
    return base_address() + reverse("accounts:again", args=[token])


def read_again(token: str) -> User | None:
    """Whose link it is, while it can still be used."""
    try:
        content = signing.loads(token, salt=SALT_AGAIN, max_age=settings.INVITATION_SECONDS)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=content["user"], is_active=True, is_staff=True).first()
    return user if user and constant_time_compare(content["was"], _mark(user)) else None


def start_again(token: str, form: NewPasswordForm) -> User | None:
    """Set the new password of a valid form, and end what was: the old second step, and every session. None when the
    same link was used meanwhile."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=form.user.pk)
        if read_again(token) is None:
            return None
        user = form.save()
        Authenticator.objects.filter(user=user).delete()
        said(user, "Started again by a link: new password, the second step removed")
        sessions.end_all(user, by=user)
        return user


def _mark(user: User) -> str:
    """Stands for the password of now: another one, or the same one set anew, has another mark."""
    return salted_hmac(SALT_AGAIN, user.password).hexdigest()[:32]
