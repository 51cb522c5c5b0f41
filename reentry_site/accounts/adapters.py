"""What allauth asks of this site: its words to staff, what it writes on the record, and how its secrets are kept."""

import base64
import os

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from intake import vault
from reentry_site.accounts import second_step
from reentry_site.accounts.events import said

MISMATCH = "The user name and the password don’t fit together. Capital letters count in the password."
WRONG_CODE = "This code is not right, or was used already. Wait for the next one, and type that."
TOO_MANY = "Too many tries. Wait five minutes. A passkey opens the desk at once."
NOT_SAVED = "You were signed off before your last press arrived, so it was not saved. Do it once more."
#: allauth's messages, by its templates, in our words. What is not here is not said.
SAID = {
    "account/messages/logged_out.txt": "You have signed out.",
    "account/messages/password_changed.txt": "Your password is changed. Your other browsers are signed out.",
    "mfa/messages/totp_activated.txt": "The app is set up. Your other browsers are signed out.",
    "mfa/messages/totp_deactivated.txt": "The app is removed. Your other browsers are signed out.",
    "mfa/messages/webauthn_added.txt": "The passkey is set up. Your other browsers are signed out.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed. Your other browsers are signed out.",
}
#: Ways to confirm that it is you.
CONFIRM = {
    "reauthenticate": "Your password",
    "mfa_reauthenticate": "A code of your app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Your passkey",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": MISMATCH,
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": "Too many tries. Wait five minutes.",
        "incorrect_password": "This is not your password. Capital letters count.",
        "enter_current_password": "This is not your password of now. Capital letters count.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # by invitation only

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        if words := message or SAID.get(message_template):
            messages.add_message(request, level, words, extra_tags=extra_tags)

    def authenticate(self, request: HttpRequest, **credentials) -> User | None:
        """An account that is switched off answers like a wrong password."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:
        """Nobody knows who it was; whose account, where there is one of that name. What was typed is kept nowhere."""
        account = User.objects.filter(username__iexact=credentials.get("username", "")).first()
        said(None, "A wrong password was typed", account)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        messages.error(request, "This passkey opens nothing here.")
        return redirect("account_login")

    def post_login(self, request: HttpRequest, user: User, **named) -> HttpResponse:
        response = super().post_login(request, user, **named)
        said(user, "Signed in")
        Session.objects.filter(expire_date__lt=timezone.now()).delete()
        if request.session.pop("not_saved", False):
            messages.warning(request, NOT_SAVED)
        return response

    def logout(self, request: HttpRequest) -> None:
        said(request.user, "Signed out")
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **named) -> bool:
        return not second_step.confirmed_lately(context.request)

    def get_reauthentication_methods(self, user) -> list[dict]:
        """Who has a second step confirms with it. Without an app, the passkey comes first."""
        methods = [each | {"description": CONFIRM[each["id"]]} for each in super().get_reauthentication_methods(user)]
        stronger = [each for each in methods if each["id"] != "reauthenticate"]
        if not Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).exists():
            stronger.reverse()
        return stronger or methods


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        """Sealed by a key that is never rotated (a lost phone brings a new secret, a rotated key does not)."""
        nonce = os.urandom(vault.NONCE_BYTES)
        return base64.b64encode(nonce + _key().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return _key().decrypt(sealed[: vault.NONCE_BYTES], sealed[vault.NONCE_BYTES :], None).decode()

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 (allauth's name)
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions) -> None:
        for each in sessions:
            was_there = each.exists()  # not one whose key was changed for another
            each.end()
            if was_there:
                said(context.request.user, "Ended a session", each.user)


def _key() -> AESGCM:
    return AESGCM(vault.derived("second step of staff", b""))
