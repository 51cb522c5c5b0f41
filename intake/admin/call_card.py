"""The call card: how to reach one person, what to say, and how it went. What is pressed on it: verbs.py.

The number shows only to who took the call, and only where it may be dialled now.
"""

import uuid

from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from phonenumber_field.phonenumber import PhoneNumber

from intake import undo
from intake.admin import wording
from intake.admin.buttons import ASK_AGAIN_DAYS, BUTTONS, MORE_BUTTONS, closing_for
from intake.attempts import Draft
from intake.cadence import Calendar
from intake.calls import TALKED
from intake.models import CallbackRequest
from intake.record import record
from intake.words import Status
from reentry_site import facts

NOTE_LETTERS = 280
CARD = "admin:intake_callbackrequest_change"
#: The fields of the card: what was typed in them is never lost to a refusal.
TYPED = ("note", "later", "visit", "day", "ask_again", "resolution", "line", "to", "reason")


@require_safe
def show(request: HttpRequest, pk: uuid.UUID | str) -> HttpResponse:
    return card(request, find(pk))


@require_safe
def changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the open card asks for every few seconds: it changes when the client changes or takes back the request."""
    found = find(pk)
    return HttpResponse(f"{found.times_sent}", content_type="text/plain")


def find(pk: uuid.UUID | str) -> CallbackRequest:
    try:
        pk = uuid.UUID(str(pk))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(
        CallbackRequest.objects.select_related("claimed_by", "taken_by", "moved_to", "visit"), pk=pk
    )


def card(
    request: HttpRequest,
    found: CallbackRequest,
    *,
    refused: str = "",
    pressed: str = "",
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    """`refused`: why nothing was saved (409). `pressed`, `typed`: what was to be saved; it stays on the card."""
    now, clinic = timezone.now(), facts.current()
    holds = found.holder(now) == request.user
    may_dial = found.may_be_dialled(now)
    _put_on_the_record(request, found, now, shows=holds and may_dial)
    context = admin.site.each_context(request) | {
        "title": f"Call {found.reference}",
        "found": found,
        "badge": wording.badge(found, request.user, now),
        "words": wording.contact_words(found, clinic),
        "good_time": wording.good_time(found),
        "standing": wording.standing(found, clinic, now),
        "cautions": wording.cautions(found, Calendar(clinic), now),
        "holder": found.holder(now),
        "holds": holds,
        "supervises": request.user.has_perm("intake.supervise"),
        "may_undo": undo.may_undo(found, request.user, now),
        "refused": refused,
        "pressed": pressed,
        "typed": typed or {},
        "note_letters": NOTE_LETTERS,
        "attempts": found.attempts.select_related("made_by", "reversed_by"),
        "steps": wording.crisis_steps(found),
        "taken_back": found.status == Status.CLOSED and found.needs_look,
        "to_release": found.restored and found.status != Status.CLOSED and request.user.has_perm("intake.supervise"),
    }
    if found.status != Status.CLOSED:
        context["barred"] = [] if may_dial else wording.barriers(found, Calendar(clinic), now)
        context["colleagues"] = wording.colleagues(request.user) if holds or context["supervises"] else []
    if context["taken_back"]:
        context |= {"answers": wording.opened(found), "sent_before": wording.sent_before(found, clinic)}
    if holds or found.status == Status.CLOSED:  # who rings after that is asked no question twice
        context["staff_notes"] = [
            (each, wording.opened_note(each)) for each in found.staff_notes.select_related("written_by")
        ]
    if holds:
        context |= _for_the_holder(request, found, now, clinic)
        context["note"] = (typed or {}).get("note") or Draft.of(found, request.user)
    return render(request, "admin/intake/call_card.html", context, status=409 if refused else 200)


def _put_on_the_record(request: HttpRequest, found: CallbackRequest, now, *, shows: bool) -> None:
    """Before anything is shown: where that cannot be written, the card is not shown."""
    with transaction.atomic():
        if found.opened_at is None:
            CallbackRequest.objects.filter(pk=found.pk).update(opened_at=now)
        record(request.user, "Opened the call card and saw the number" if shows else "Opened the call card", found)


def _for_the_holder(request: HttpRequest, found: CallbackRequest, now, clinic: facts.Facts) -> dict:
    closing = closing_for(request.user)
    answers = wording.opened(found)
    if answers is None:
        return {"cannot_open": True, "closing": closing}
    number = PhoneNumber.from_string(answers.phone)
    voicemail = found.may_leave_voicemail(now)
    hidden = {name for name, allowed in (("left_voicemail", voicemail), ("text_sent", found.text_ok)) if not allowed}
    return {
        "answers": answers,
        "sent_before": wording.sent_before(found, clinic),
        "number": number.as_national.partition(" ext")[0],
        "extension": number.extension,
        "number_href": number.as_rfc3966,
        "script": wording.script(found, answers, request.user, clinic, voicemail),
        "buttons": [(name, *words[:2]) for name, words in BUTTONS.items() if name not in hidden],
        "more_buttons": [(name, *words[:2]) for name, words in MORE_BUTTONS.items() if name not in hidden],
        "visit_day": wording.visit_day(found),
        "talked": found.status in TALKED,
        "closing": closing,
        "ask_again_days": ASK_AGAIN_DAYS,
    }
