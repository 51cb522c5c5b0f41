"""What follows when somebody's password or second step changes: a line in the record, and their other sessions end.
And when somebody confirms that it is them: their session goes on under another key.

allauth tells of these by its signals, and in no other way.
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed, password_changed
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession

from reentry_site.accounts.events import said

Type = Authenticator.Type
KINDS = {Type.TOTP: "an app", Type.WEBAUTHN: "a passkey", Type.RECOVERY_CODES: "recovery codes"}


def connect() -> None:
    for signal, receiver in {
        signals.authenticator_added: _added,
        signals.authenticator_removed: _removed,
        signals.authenticator_reset: _reset,
        signals.authentication_failed: _failed,
        password_changed: _password_changed,
        authentication_step_completed: _step_taken,
    }.items():
        signal.connect(receiver)


def _added(*, request, user, authenticator: Authenticator, **named) -> None:
    """Whoever has just set it up has it in hand: it counts as taken in this session."""
    said(user, f"Second step: added {KINDS[authenticator.type]}")
    if authenticator.type == Type.TOTP:
        authenticator.wrap().validate_code(request.POST["code"])  # which is a used one from now on
    if authenticator.type != Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        end_other_sessions(request, user)


def _removed(*, request, user, authenticator: Authenticator, **named) -> None:
    said(user, f"Second step: removed {KINDS[authenticator.type]}")
    end_other_sessions(request, user)


def _reset(*, request, user, authenticator: Authenticator, **named) -> None:
    """Whoever came in by one of the old recovery codes stays in."""
    said(user, "Second step: new recovery codes")
    if any(each.get("type") == Type.RECOVERY_CODES for each in get_authentication_records(request, user)):
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    end_other_sessions(request, user)


def _failed(*, user, **named) -> None:
    said(user, "A wrong code was typed")


def _password_changed(*, request, user, **named) -> None:
    said(user, "Changed the password")
    end_other_sessions(request, user)


def _step_taken(*, request, reauthenticated: bool = False, **named) -> None:
    """A key that somebody took before the confirmation opens nothing after it (signing in does the same by itself)."""
    if reauthenticated:
        before = request.session.session_key
        request.session.cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
