"""What happens to staff accounts, on the record: one line each, of who did what to whose account."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType


def said(user: User, what: str, about: User | None = None) -> None:
    """Write that `user` did this, to their own account or to `about`. Never what was typed."""
    whose = about or user
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(whose.pk),
        object_repr=whose.get_username(),
        action_flag=CHANGE,
        change_message=what,
    )
