"""The record: who wrote down, took, opened, tried or closed which request. Only its reference, never its content.

Kept in Django's own log of the admin, which staff can read on the request and nobody can edit there.
"""

from collections.abc import Sequence

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from intake.models import CallbackRequest


def record_search(user, shown: Sequence[CallbackRequest]) -> None:
    """Somebody searched, and is shown these. What they typed is no business of the record."""
    lines = [_line(user, "Found by a search", each) for each in shown]
    LogEntry.objects.bulk_create(lines or [_line(user, "Searched and found nobody")])


def record(user, what: str, request: CallbackRequest, *, added: bool = False) -> None:
    """Write one line, in the caller's transaction: where it cannot be written, nothing is shown or changed."""
    _line(user, what, request, ADDITION if added else CHANGE).save(force_insert=True)


def _line(user, what: str, request: CallbackRequest | None = None, flag: int = CHANGE) -> LogEntry:
    return LogEntry(
        user=user,
        content_type=ContentType.objects.get_for_model(CallbackRequest),
        object_id=str(request.pk) if request else None,
        object_repr=request.reference if request else "search",
        action_flag=flag,
        change_message=what,
    )
