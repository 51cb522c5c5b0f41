"""The record: who wrote down, took, opened, tried or closed which request. Only its reference, never its content.

Kept in Django's own log of the admin, which staff can read on the request and nobody can edit there.
"""

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from intake.models import CallbackRequest


def record_search(user) -> None:
    """Somebody searched and found nobody. What they typed is no business of the record."""
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(CallbackRequest),
        object_repr="search",
        action_flag=CHANGE,
        change_message="Searched and found nobody",
    )


def record(user, what: str, request: CallbackRequest, *, added: bool = False) -> None:
    """Write one line, in the caller's transaction: where it cannot be written, nothing is shown or changed."""
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(CallbackRequest),
        object_id=str(request.pk),
        object_repr=request.reference,
        action_flag=ADDITION if added else CHANGE,
        change_message=what,
    )
