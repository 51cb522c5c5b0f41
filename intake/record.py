"""The record of the desk: who wrote down, took, opened, tried, closed, exported which request. Its id,
never its content.

How it is kept, and why nobody can change it: reentry_site/record.
"""

import uuid
from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.db.models import QuerySet

from intake import codes
from intake.models import CallbackRequest
from intake.queue import PURGED
from reentry_site.record import chain
from reentry_site.record.chain import Line
from reentry_site.record.models import Entry

#: Who did what nobody did who was signed in.
THE_SITE = "The site itself"


def record(user, what: str, request: CallbackRequest, *, reason: str = "", about: User | None = None) -> None:
    """One line, in the caller's transaction and last in it: where it cannot be written, nothing is shown or changed.

    `reason`: a code for why, from a list of ours. `about`: the colleague it concerns. Raises chain.NotWritten.
    """
    record_each(user, [(what, request.pk)], reason=reason, about=about)


def record_each(user, lines: Iterable[tuple[str, uuid.UUID]], *, reason: str = "", about: User | None = None) -> None:
    """The same for several requests, each by its id."""
    chain.write([Line(user.pk, what, pk, about and about.pk, reason) for what, pk in lines])


def record_act(user, what: str, *, reason: str = "") -> None:
    """Something that is of no single request."""
    chain.write([Line(user.pk, what, reason=reason)])


def record_search(user, shown: Sequence[CallbackRequest]) -> None:
    """Somebody searched, and is shown these. What they typed is no business of the record."""
    lines = [Line(user.pk, "Found by a search", each.pk) for each in shown]
    chain.write(lines or [Line(user.pk, "Searched and found nobody")])


def lines(begin: str, requests: Iterable[CallbackRequest] | None = None) -> QuerySet[Entry]:
    """Those whose words begin so, the oldest first; of these requests only, or of no single one."""
    found = Entry.objects.filter(what__startswith=begin)
    of = {"request": None} if requests is None else {"request__in": [each.pk for each in requests]}
    return found.filter(**of).order_by("pk")


def names(found: Iterable[Entry]) -> dict[int | None, str]:
    """By account, how each who is in these is called; one look-up. An account that has gone keeps its number."""
    ids = {pk for entry in found for pk in (entry.who, entry.about_user)}
    users = User.objects.in_bulk(ids - {None})
    called = {pk: user.get_short_name() or user.get_username() for pk, user in users.items()}
    return {pk: called.get(pk, THE_SITE if pk is None else f"Account {pk}") for pk in ids}


def references(found: Iterable[Entry]) -> dict[uuid.UUID | None, str]:
    """By request, its reference; of one that was deleted the first letters of its id. "" for no request."""
    ids = {entry.request for entry in found}
    known = dict(CallbackRequest.objects.filter(pk__in=ids - {None}).values_list("pk", "reference"))
    return {pk: known.get(pk, str(pk)[:8] if pk else "") for pk in ids}


def deleted_with(typed: str) -> uuid.UUID | None:
    """The id of a deleted request that had this reference, typed with or without the hyphen."""
    reference = codes.read_reference(typed)
    found = Entry.objects.filter(what=PURGED, reason=reference) if reference else Entry.objects.none()
    return found.values_list("request", flat=True).first()
