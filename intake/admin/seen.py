"""Who has seen a request or did something with it, as the record has it. It names the request by reference and
opens nothing of it.

It answers for deleted requests too, for as long as the record is kept.
"""

import re
import uuid
from dataclasses import dataclass

from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from intake import keeping
from intake.models import CallbackRequest
from intake.record import names, record_each, references
from reentry_site.record.models import Entry

#: So many lines on one page.
MOST = 200
READ = "Read who has seen it"


@dataclass(frozen=True)
class Seen:
    """One line. `about`: the colleague it names, or "". `reference`: "" where the page is of one request alone."""

    entry: Entry
    who: str
    about: str
    reference: str


@require_safe
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """The newest first; `?before=` the number of a line: those older than it."""
    asked = _id(pk)
    pks = {asked, *(each.pk for each in keeping.with_other_numbers(CallbackRequest.objects.filter(pk=asked)))}
    found = Entry.objects.filter(request__in=pks).order_by("-pk")
    if re.fullmatch(r"[1-9]\d{0,17}", before := request.GET.get("before", "")):
        found = found.filter(pk__lt=int(before))
    with transaction.atomic():
        entries = list(found[: MOST + 1])
        called, of = names(entries), references(Entry(request=each) for each in pks)
        if not entries and not CallbackRequest.objects.filter(pk=asked).exists():
            raise Http404
        record_each(request.user, [(READ, each) for each in sorted(pks)])
    shown = [
        Seen(
            each,
            called[each.who],
            called[each.about_user] if each.about_user else "",
            of[each.request] if len(pks) > 1 else "",
        )
        for each in entries[:MOST]
    ]
    context = admin.site.each_context(request) | {
        "title": f"Who has seen {of[asked]}",
        "shown": shown,
        "older": shown[-1].entry.pk if len(entries) > MOST else None,
        "before": before,
    }
    return render(request, "admin/intake/seen.html", context)


def _id(pk: str) -> uuid.UUID:
    try:
        return uuid.UUID(pk)
    except ValueError:
        raise Http404 from None
