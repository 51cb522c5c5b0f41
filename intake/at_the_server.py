"""What was done on the server itself, by a command: it goes on the record too, though nobody was signed in."""

from django.contrib.auth.models import User

from intake.record import record_act

#: Nobody can sign up under a name with a space, or sign in under this one.
NOBODY = "the server"


def note(what: str) -> None:
    """One line in the record, in the caller's transaction. Raises django.db.Error."""
    user, _ = User.objects.get_or_create(username=NOBODY, defaults={"is_active": False})
    record_act(user, what, "server")
