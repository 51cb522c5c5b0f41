"""The record: who wrote down, took, opened, tried, closed, exported which request. Its reference, never its content.

Kept in Django's own log of the admin, which staff can read on the request and nobody can edit there.
"""

import uuid
from collections.abc import Iterable, Sequence

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from intake.models import CallbackRequest

#: So many lines one statement writes at most.
BATCH = 2000


def record(user, what: str, request: CallbackRequest, *, added: bool = False) -> None:
    """Write one line, in the caller's transaction: where it cannot be written, nothing is shown or changed."""
    _line(user, what, request.pk, request.reference, ADDITION if added else CHANGE).save(force_insert=True)


def record_act(user, what: str, about: str = "desk") -> None:
    """Something that is of no single request. `about`: in a word, what it was."""
    _line(user, what, None, about).save(force_insert=True)


def record_search(user, shown: Sequence[CallbackRequest]) -> None:
    """Somebody searched, and is shown these. What they typed is no business of the record."""
    lines = [_line(user, "Found by a search", each.pk, each.reference) for each in shown]
    LogEntry.objects.bulk_create(lines or [_line(user, "Searched and found nobody", None, "search")])


def record_export(user, what: str, requests: Iterable[tuple[uuid.UUID, str]]) -> None:
    """One line for the whole and one for each request, given by id and reference: all of them, or none.

    They are made before the first is written, because on SQLite nobody else writes from then on until the last.
    """
    each = [_line(user, "Exported", pk, reference) for pk, reference in requests]
    LogEntry.objects.bulk_create([_line(user, what, None, "export"), *each], batch_size=BATCH)


def lines(begin: str, requests: Iterable[CallbackRequest] | None = None) -> QuerySet[LogEntry]:
    """Those whose words begin so, the oldest first; of these requests only, or of no single one."""
    content_type = ContentType.objects.get_for_model(CallbackRequest)
    found = LogEntry.objects.filter(content_type=content_type, change_message__startswith=begin)
    ids = {"object_id": None} if requests is None else {"object_id__in": [str(each.pk) for each in requests]}
    return found.filter(**ids).select_related("user").order_by("action_time", "pk")


def _line(user, what: str, pk: uuid.UUID | None, about: str, flag: int = CHANGE) -> LogEntry:
    return LogEntry(
        user=user,
        content_type=ContentType.objects.get_for_model(CallbackRequest),
        object_id=str(pk) if pk else None,
        object_repr=about,
        action_flag=flag,
        change_message=what,
    )
