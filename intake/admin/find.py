"""Someone rings: their request by number, reference or name. What was typed stands in no address and in no record."""

import re

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from intake import vault
from intake.admin import queue
from intake.answers import Answers, PrivateCode
from intake.forms import read_number
from intake.models import CallbackRequest
from intake.record import record, record_search
from intake.submission import Submission, plain_name
from reentry_site import facts

MOST_SHOWN = 25
TEN_DIGITS = "Type all 10 digits of the number."
TYPE_SOMETHING = "Type a number, a reference or a name."
SHORTEST_NAME = 2  # letters


@sensitive_post_parameters()
@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """One that is found opens at once; several are listed; none leads to writing down a call."""
    typed = request.POST.get("who", "").strip()
    found, fault, phone = [], "", ""
    if any(letter.isalpha() for letter in typed):
        found = _by_reference(typed) or _by_name(typed)
    elif typed:
        phone = read_number(typed)
        found, fault = (_by_phone(phone), "") if phone else ([], TEN_DIGITS)
    else:
        fault = TYPE_SOMETHING
    with transaction.atomic():  # on the record before anything is shown
        for each in found:
            record(request.user, "Found by a search", each)
        if not found and not fault:
            record_search(request.user)
    if len(found) == 1:
        return redirect("admin:intake_callbackrequest_change", found[0].pk)
    return _page(request, found, fault=fault, typed=typed, phone=phone)


def _page(request: HttpRequest, found: list[CallbackRequest], **context) -> HttpResponse:
    now, clinic = timezone.now(), facts.current()
    rows = [queue.row(each, request.user, now, clinic) for each in found[:MOST_SHOWN]]
    context |= {"title": "Someone rings", "rows": rows, "more": max(len(found) - MOST_SHOWN, 0)}
    status = 422 if context["fault"] else 200
    return render(request, "admin/intake/found.html", admin.site.each_context(request) | context, status=status)


def _by_reference(typed: str) -> list[CallbackRequest]:
    """Typed with or without the hyphen, any reference that the client was ever shown."""
    letters = re.sub(r"[^A-Z0-9]", "", typed.upper())
    if len(letters) != 8:
        return []
    reference = f"{letters[:4]}-{letters[4:]}"
    shown = PrivateCode.objects.filter(reference=reference).values_list("answers__request_id", flat=True)
    own = CallbackRequest.objects.filter(reference=reference).values_list("pk", flat=True)
    return _requests([*shown, *own])


def _by_phone(phone: str) -> list[CallbackRequest]:
    """All requests at this number, closed ones too; open ones also by a number with an extension."""
    at_number = CallbackRequest.objects.filter(phone_hash=vault.keyed_hash(phone)).values_list("pk", flat=True)
    return _requests([*at_number, *_opened(lambda sent: sent.phone.partition(";")[0] == phone)])


def _by_name(typed: str) -> list[CallbackRequest]:
    """Open requests whose name holds what was typed."""
    wanted = plain_name(typed)
    return _requests(_opened(lambda sent: wanted in plain_name(sent.name))) if len(wanted) >= SHORTEST_NAME else []


def _opened(fits) -> list:
    """The ids of open requests with a version that fits, opened in memory. What cannot be opened fits nothing."""
    found = []
    sealed = Answers.objects.filter(request__in=CallbackRequest.objects.open()).values_list(
        "id", "sealed", "request_id"
    )
    for version_id, content, request_id in sealed.iterator():
        try:
            sent = Submission.from_content(vault.open_sealed(content, version_id))
        except vault.CannotOpen:
            continue
        if fits(sent):
            found.append(request_id)
    return found


def _requests(pks) -> list[CallbackRequest]:
    """Open ones first, the newest first."""
    found = CallbackRequest.objects.filter(pk__in=set(pks)).select_related("claimed_by").prefetch_related("versions")
    return sorted(found, key=lambda each: (each.closed_at is None, each.asked_at), reverse=True)
