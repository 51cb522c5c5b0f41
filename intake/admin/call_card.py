"""The call card: how to reach one person, what to say, and how it went. The number shows only to who took the call.

Each verb is a POST that ends in a redirect, or shows the card again with the reason and what was typed.
"""

import datetime
import uuid

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from phonenumber_field.phonenumber import PhoneNumber

from intake import cadence
from intake.admin import wording
from intake.cadence import Calendar
from intake.forms import clean_text
from intake.models import CallbackRequest, Refused
from intake.record import record
from intake.words import Outcome, Resolution, Status
from reentry_site import facts

NOTE_LETTERS = 280
QUEUE = "admin:intake_callbackrequest_changelist"
CARD = "admin:intake_callbackrequest_change"
#: Button → (sign and words, outcome, resolution). One tap each.
BUTTONS = {
    "coming_back": ("✓", "We talked. Coming back", Outcome.REACHED, None),
    "not_now": ("✓", "We talked. Not now", Outcome.REACHED, Resolution.DECLINED_FOR_NOW),
    "no_answer": ("↻", "No answer. Try again", Outcome.NO_ANSWER, None),
    "left_voicemail": ("↻", "Left the OK’d message", Outcome.LEFT_VOICEMAIL, None),
    "someone_else": ("–", "Someone else answered", Outcome.SOMEONE_ELSE, None),
    "wrong_number": ("–", "Wrong number", Outcome.WRONG_NUMBER, None),
    "asked_to_stop": ("■", "Asked us to stop", Outcome.ASKED_TO_STOP, None),
    "in_crisis": ("!", "In crisis. Handed over", Outcome.IN_CRISIS, None),
}
MORE_BUTTONS = {
    "busy": ("↻", "Busy", Outcome.BUSY, None),
    "not_in_service": ("–", "Not in service", Outcome.NOT_IN_SERVICE, None),
    "text_sent": ("↻", "Sent the OK’d text", Outcome.TEXT_SENT, None),
    "they_called": ("✓", "They called us", Outcome.THEY_CALLED, None),
}
#: Why staff may close a request by hand. The others come from an outcome, or from the client.
CLOSING = (
    Resolution.CAME_BACK,
    Resolution.DECLINED_FOR_NOW,
    Resolution.REFERRED_ELSEWHERE,
    Resolution.IN_CARE_ELSEWHERE,
    Resolution.NOT_REACHED,
    Resolution.DUPLICATE,
    Resolution.WITHDRAWN,
    Resolution.NOT_A_REQUEST,
    Resolution.NOT_FOR_SELF,
    Resolution.CRISIS_HANDED_OVER,
)


class LaterForm(forms.Form):
    later = forms.DateTimeField(error_messages={"required": "Pick the day and time they asked for"})

    def clean_later(self) -> datetime.datetime:
        later = self.cleaned_data["later"]
        time = timezone.localtime(later).time()
        if not cadence.DAY_STARTS <= time < cadence.DAY_ENDS:
            raise forms.ValidationError("Pick a time from 8 a.m. to 9 p.m.")
        return later


@require_safe
def show(request: HttpRequest, pk: uuid.UUID | str) -> HttpResponse:
    return _card(request, _find(pk))


@require_POST
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _do(request, pk, "Took the call", lambda found, now: found.claim(request.user, now), then=CARD)


@require_POST
def release(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _do(request, pk, "Gave the call back", lambda found, now: found.release(request.user, now), then=QUEUE)


@require_POST
def attempt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    buttons = BUTTONS | MORE_BUTTONS
    pressed = request.POST.get("outcome")
    if pressed not in buttons:
        return _card(request, _find(pk), refused="Press one of the buttons below to say how it went.")
    _, words, outcome, resolution = buttons[pressed]

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        found.record_attempt(request.user, outcome, now, note=_note(request), resolution=resolution)

    stays = cadence.EFFECTS[outcome].keeps_claim and not resolution
    return _do(request, pk, f"Wrote down a try: {words}", write, then=CARD if stays else QUEUE)


@require_POST
def later(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = LaterForm(request.POST)
    if not form.is_valid():
        return _card(request, _find(pk), refused=" ".join(form.errors["later"]), later=request.POST.get("later", ""))

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        when = form.cleaned_data["later"]
        found.record_attempt(request.user, Outcome.CALL_LATER, now, note=_note(request), later=when)

    return _do(request, pk, "Wrote down a try: asked us to call later", write, then=QUEUE)


@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    resolution = request.POST.get("resolution")
    if resolution not in CLOSING:
        return _card(request, _find(pk), refused="Pick why this request is closed.")

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        found.close(request.user, Resolution(resolution), now, what_was_done=_note(request))

    return _do(request, pk, f"Closed: {Resolution(resolution).label}", write, then=QUEUE)


def _find(pk: uuid.UUID | str) -> CallbackRequest:
    try:
        pk = uuid.UUID(str(pk))
    except ValueError:
        pk = uuid.UUID(int=0)  # no request has it: answered like any other that is not there
    return get_object_or_404(CallbackRequest.objects.select_related("claimed_by", "taken_by"), pk=pk)


def _note(request: HttpRequest) -> str:
    note = clean_text(request.POST.get("note", ""), lines=True)
    if len(note) > NOTE_LETTERS:
        raise Refused(f"Shorten the note to {NOTE_LETTERS} letters or fewer.")
    return note


def _do(request: HttpRequest, pk: uuid.UUID, what: str, verb, *, then: str) -> HttpResponse:
    """Do one verb and put it on the record in one transaction; a refusal shows the card and keeps what was typed."""
    found = _find(pk)
    try:
        with transaction.atomic():
            verb(found, timezone.now())
            record(request.user, what, found)
    except Refused as reason:
        return _card(request, _find(pk), refused=str(reason), note=request.POST.get("note", ""))
    if then == CARD:
        return redirect(CARD, found.pk)
    next_try = f" Next try: {wording.when(found.next_try_at)}" if found.next_try_at else ""
    messages.success(request, f"Saved.{next_try}")
    return redirect(QUEUE)


def _card(request: HttpRequest, found: CallbackRequest, *, refused: str = "", note: str = "", later: str = ""):
    now, clinic = timezone.now(), facts.current()
    holds = found.holder(now) == request.user and found.status != Status.CLOSED
    context = admin.site.each_context(request) | {
        "title": f"Call {found.reference}",
        "found": found,
        "badge": wording.badge(found, request.user, now),
        "words": wording.contact_words(found, clinic),
        "good_time": wording.good_time(found),
        "waited": wording.waited(found.asked_at, found.closed_at or now),
        "promised": wording.when(found.call_by) if clinic.hours else "",
        "next_try": wording.when(found.next_try_at),
        "holder": found.holder(now),
        "holds": holds,
        "refused": refused,
        "note": note,
        "later": later,
        "note_letters": NOTE_LETTERS,
        "tries": found.attempts.select_related("made_by"),
    }
    # On the record before anything is shown: where that cannot be written, the card is not shown.
    with transaction.atomic():
        record(
            request.user,
            "Opened the call card and saw the number" if holds else "Opened the call card",
            found,
        )
    if holds:
        context |= _for_the_holder(request, found, now, clinic)
    return render(request, "admin/intake/call_card.html", context, status=409 if refused else 200)


def _for_the_holder(request: HttpRequest, found: CallbackRequest, now, clinic: facts.Facts) -> dict:
    answers = wording.opened(found)
    if answers is None:
        return {"cannot_open": True, "closing": CLOSING}
    number = PhoneNumber.from_string(answers.phone)
    voicemail = found.may_leave_voicemail(now)
    hidden = {name for name, allowed in (("left_voicemail", voicemail), ("text_sent", found.text_ok)) if not allowed}
    window = Calendar(clinic).open_now(now)
    return {
        "answers": answers,
        "number": number.as_national.partition(" ext")[0],
        "extension": number.extension,
        "number_href": number.as_rfc3966,
        "script": wording.script(found, answers, request.user, clinic, voicemail),
        "buttons": [(name, *words[:2]) for name, words in BUTTONS.items() if name not in hidden],
        "more_buttons": [(name, *words[:2]) for name, words in MORE_BUTTONS.items() if name not in hidden],
        "closing": CLOSING,
        "staff_notes": [(each, wording.opened_note(each)) for each in found.staff_notes.select_related("written_by")],
        "outside_their_time": window is None
        or bool(found.preferred_times and window.daypart not in found.preferred_times),
    }
