"""Someone rings: their request by number, reference or name. What was typed stands in no address and in no record."""

import contextlib
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from intake import vault
from intake.admin import queue
from intake.answers import Answers
from intake.forms import read_number
from intake.models import CallbackRequest
from intake.record import record_search
from intake.submission import plain_name
from reentry_site import facts

MOST_SHOWN = 25
TEN_DIGITS = "Type all 10 digits of the number."
TYPE_SOMETHING = "Type a number, a reference or a name."
DIGITS = 10
SHORTEST_NAME = 2  # letters


@dataclass(frozen=True)
class Found:
    """The first who fit, open ones before closed ones, the newest first, and how many more there are."""

    shown: list[CallbackRequest]
    more: int = 0


@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """One that is found opens at once; several are listed; none leads to writing down a call."""
    typed = request.POST.get("who", "").strip()
    found, fault, phone = Found([]), "", ""
    if number := _a_number_in(typed):
        phone = read_number(number)
        found, fault = (_by_phone(phone), "") if phone else (found, TEN_DIGITS)
    elif any(letter.isalpha() for letter in typed):
        found = _found(CallbackRequest.objects.by_reference(typed).values_list("pk", flat=True))
        found = found if found.shown else _by_name(typed)
    else:
        fault = TEN_DIGITS if typed else TYPE_SOMETHING
    if not fault:
        record_search(request.user, found.shown)  # on the record before anything is shown
    # Who rings again after theirs was closed has a card to read, and a new request to be written down.
    if len(found.shown) == 1 and not (phone and found.shown[0].closed_at):
        return redirect("admin:intake_callbackrequest_change", found.shown[0].pk)
    return _page(request, found, fault=fault, typed=typed, phone=phone)


def _a_number_in(typed: str) -> str:
    """A number in any form, without its extension; "" where it has fewer digits than a number."""
    number = re.split("x|ext|#|;", typed.lower().removeprefix("tel:"), maxsplit=1)[0]
    return number if sum(each.isdigit() for each in number) >= DIGITS else ""


def _page(request: HttpRequest, found: Found, **context) -> HttpResponse:
    now, clinic = timezone.now(), facts.current()
    rows = [queue.row(each, request.user, now, clinic) for each in found.shown]
    context |= {"title": "Someone rings", "rows": rows, "more": found.more}
    status = 422 if context["fault"] else 200
    return render(request, "admin/intake/found.html", admin.site.each_context(request) | context, status=status)


def _by_phone(phone: str) -> Found:
    """All requests at this number, closed ones too, with any extension."""
    hashed = vault.keyed_hash(phone)
    at_number = CallbackRequest.objects.filter(phone_hash=hashed).values_list("pk", flat=True)
    extended = Answers.objects.exclude(main_hash="").filter(main_hash=hashed).values_list("request_id", flat=True)
    return _found([*at_number, *extended])


def _by_name(typed: str) -> Found:
    """Open requests whose name holds what was typed, each opened in memory. What cannot be opened fits nobody."""
    wanted = plain_name(typed)
    if len(wanted) < SHORTEST_NAME:
        return Found([])
    found, named = [], Answers.objects.filter(request__in=CallbackRequest.objects.open()).exclude(name_hash="")
    for version_id, sealed in named.order_by().values_list("pk", "sealed"):
        with contextlib.suppress(vault.CannotOpen):
            if wanted in plain_name(vault.open_sealed(sealed, version_id).get("name", "")):
                found.append(version_id)
    return _found(Answers.objects.filter(pk__in=found).values_list("request_id", flat=True))


def _found(pks: Iterable[uuid.UUID]) -> Found:
    pks = set(pks)
    open_first = Case(When(closed_at=None, then=0), default=1)
    requests = CallbackRequest.objects.filter(pk__in=pks).order_by(open_first, "-asked_at")
    shown = list(requests.select_related("claimed_by").prefetch_related("versions")[:MOST_SHOWN])
    return Found(shown, len(pks) - len(shown))
