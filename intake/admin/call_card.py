"""The call card: how to reach one person, what to say, and how it went. The number shows only to who took the call.

Each verb is a POST that ends in a redirect, or shows the card again with the reason and what was typed.
"""

import datetime
import uuid

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from phonenumber_field.phonenumber import PhoneNumber

from intake import cadence, undo
from intake.admin import wording
from intake.attempts import StaffNote
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
    later = forms.DateTimeField(error_messages={"required": "Pick the day and time they asked for."})

    def clean_later(self) -> datetime.datetime:
        later, now = self.cleaned_data["later"], timezone.now()
        if not now < later < now + datetime.timedelta(cadence.LOOK_AHEAD_DAYS):
            raise forms.ValidationError(f"Pick a day and time ahead, within {cadence.LOOK_AHEAD_DAYS} days.")
        if not Calendar(facts.current()).is_staffed(later):
            raise forms.ValidationError("Nobody is here to call then. Pick a time when the desk is open.")
        return later


@require_safe
def show(request: HttpRequest, pk: uuid.UUID | str) -> HttpResponse:
    return _card(request, _find(pk))


@require_POST
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the call, or hold it longer; a note or time that is half written stays on the card."""
    done = _do(request, pk, "Took the call", lambda found, now: found.claim(request.user, now), then=CARD)
    typed = {name: request.POST.get(name, "") for name in ("note", "later")}
    was_taken = done.status_code == 302
    return _card(request, _find(pk), **typed) if was_taken and any(typed.values()) else done


@require_POST
def release(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def give_back(found: CallbackRequest, now: datetime.datetime) -> None:
        found.release(request.user, now)

    return _do(request, pk, "Gave the call back", give_back, then=QUEUE, said="Given back.")


@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def take_it_back(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        return undo.take_back(found, request.user, now)

    said = "Taken back. You hold this call."
    return _do(request, pk, "Took back what was done last", take_it_back, then=CARD, said=said)


@require_POST
def attempt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    buttons = BUTTONS | MORE_BUTTONS
    pressed = request.POST.get("outcome")
    if pressed not in buttons:
        return _card(request, _find(pk), refused="Press one of the buttons below to say how it went.")
    _, words, outcome, resolution = buttons[pressed]

    def write(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        _as_seen(request, found)
        return found.record_attempt(request.user, outcome, now, note=_note(request), resolution=resolution)

    stays = cadence.EFFECTS[outcome].keeps_claim and not resolution
    said = "Saved. Next: agree when to call or come, or close the request." if stays else ""
    return _do(request, pk, f"Wrote down a try: {words}", write, then=CARD if stays else QUEUE, said=said)


@require_POST
def later(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = LaterForm(request.POST)

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        if not form.is_valid():
            raise Refused(" ".join(form.errors["later"]))
        _as_seen(request, found)
        when = form.cleaned_data["later"]
        found.record_attempt(request.user, Outcome.CALL_LATER, now, note=_note(request), later=when)

    return _do(request, pk, "Wrote down a try: asked us to call later", write, then=QUEUE)


@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    resolution = request.POST.get("resolution")
    words = Resolution(resolution).label if resolution in CLOSING else ""

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        if not words:
            raise Refused("Pick why this request is closed.")
        _as_seen(request, found)
        found.close(request.user, Resolution(resolution), now, note=_note(request))

    return _do(request, pk, f"Closed: {words}", write, then=QUEUE)


@require_POST
def looked_at(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        found.look_at(request.user, now, note=_note(request))

    return _do(request, pk, "Read a request that was taken back", write, then=QUEUE, said="Saved. Nobody is called.")


@require_safe
def changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the open card asks for every few seconds: it changes when the client changes or takes back the request."""
    found = _find(pk)
    return HttpResponse(f"{found.times_sent}", content_type="text/plain")


def _find(pk: uuid.UUID | str) -> CallbackRequest:
    try:
        pk = uuid.UUID(str(pk))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(CallbackRequest.objects.select_related("claimed_by", "taken_by", "moved_to"), pk=pk)


def _as_seen(request: HttpRequest, found: CallbackRequest) -> None:
    """The verb starts from the card that was on the screen: a second tap or an old card writes nothing."""
    if found.status == Status.CLOSED:
        return  # the verb says so itself
    acts, times_sent = request.POST.get("acts"), request.POST.get("times_sent")
    if times_sent and times_sent != str(found.times_sent):
        raise Refused("They changed their request just now. Look again before you call.")
    if acts and acts != str(found.acts):
        raise Refused("Something was written down meanwhile. Look again before you call.")


def _note(request: HttpRequest) -> str:
    note = clean_text(request.POST.get("note", ""), lines=True)
    if len(note) > NOTE_LETTERS:
        raise Refused(f"Shorten the note to {NOTE_LETTERS} letters or fewer.")
    return note


def _do(request: HttpRequest, pk: uuid.UUID, what: str, verb, *, then: str, said: str = "") -> HttpResponse:
    """Do one verb and put it on the record in one transaction; a refusal shows the card and keeps what was typed."""
    found = _find(pk)
    try:
        with transaction.atomic():
            others = verb(found, timezone.now()) or []
            record(request.user, what, found)
            for other in others:
                record(request.user, f"With another request at this number: {what}", other)
    except Refused as reason:
        typed = {name: request.POST.get(name, "") for name in ("note", "later")}
        return _card(request, _find(pk), refused=str(reason), **typed)
    if then == QUEUE:
        said = said or f"Saved. {wording.closed_or_next(found)}"
    if said:
        messages.success(request, said)
    return redirect(CARD, found.pk) if then == CARD else redirect(QUEUE)


def _card(request: HttpRequest, found: CallbackRequest, *, refused: str = "", note: str = "", later: str = ""):
    now, clinic = timezone.now(), facts.current()
    holds = found.holder(now) == request.user
    context = admin.site.each_context(request) | {
        "title": f"Call {found.reference}",
        "found": found,
        "badge": wording.badge(found, request.user, now),
        "words": wording.contact_words(found, clinic),
        "good_time": wording.good_time(found),
        "standing": wording.standing(found, clinic, now),
        "cautions": wording.cautions(found, Calendar(clinic), now),
        "holder": found.holder(now),
        "may_take_back": undo.may_take_back(found, request.user, now),
        "holds": holds,
        "refused": refused,
        "note": note,
        "later": later,
        "note_letters": NOTE_LETTERS,
        "attempts": found.attempts.select_related("made_by"),
        "taken_back": found.status == Status.CLOSED and found.needs_look,
    }
    # On the record before anything is shown: where that cannot be written, the card is not shown.
    record(request.user, "Opened the call card and saw the number" if holds else "Opened the call card", found)
    if context["taken_back"]:
        context |= {"answers": wording.opened(found), "sent_before": wording.sent_before(found, clinic)}
    if holds:
        context |= _for_the_holder(request, found, now, clinic)
    return render(request, "admin/intake/call_card.html", context, status=409 if refused else 200)


def _notes(found: CallbackRequest):
    """What staff wrote, at the number that was left for this one too."""
    return StaffNote.objects.filter(Q(request=found) | Q(request__moved_to=found)).select_related("written_by")


def _for_the_holder(request: HttpRequest, found: CallbackRequest, now, clinic: facts.Facts) -> dict:
    answers = wording.opened(found)
    if answers is None:
        return {"cannot_open": True, "closing": CLOSING}
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
        "closing": CLOSING,
        "staff_notes": [(each, wording.opened_note(each)) for each in _notes(found)],
        # At night the number is to be read, not to be tapped by a slip.
        "may_dial": cadence.DAY_STARTS <= timezone.localtime(now).time() < cadence.DAY_ENDS,
    }
