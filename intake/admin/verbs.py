"""What is pressed on the call card. Each verb is a POST that ends in a redirect, or shows the card again with the
reason and everything that was typed; it and its line in the record are one transaction."""

import datetime
import uuid
from collections.abc import Callable, Collection

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from intake import cadence, undo
from intake.admin import wording
from intake.admin.buttons import ASK_AGAIN_DAYS, BUTTONS, MORE_BUTTONS, closing_for
from intake.admin.call_card import CARD, NOTE_LETTERS, TYPED, card, find
from intake.attempts import Draft
from intake.cadence import Calendar
from intake.claims import Refused
from intake.forms import clean_text
from intake.models import CallbackRequest
from intake.record import record_each
from intake.words import CrisisStep, Outcome, Resolution, Status
from reentry_site import facts

DRAFT_LETTERS = 4000
#: What was picked for one button, and another was pressed: it is neither guessed nor dropped unsaid.
PICKED = {
    "visit": "You picked a day for a first visit. Press “We talked. Coming back”, or empty the day.",
    "day": "You picked a day for a first visit. Press the button below it, or empty the day.",
    "later": "You picked a time to call again. Press “Save the time”, or empty it.",
    "ask_again": "You picked when to ask again. Press “We talked. Not now”, or pick “Do not ask again”.",
    "resolution": "You picked why it closes. Press “Close it”, or pick nothing there.",
}
QUEUE = "admin:intake_callbackrequest_changelist"
#: What a verb does, given the request and the moment; it returns the other requests that it changed, if any.
Verb = Callable[[CallbackRequest, datetime.datetime], list[CallbackRequest] | None]


# Who has it ---------------------------------------------------------------------------------------------------


@require_POST
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the call, or hold it longer; what is half written stays on the card."""
    done = _do(request, pk, "Took the call", lambda found, now: found.claim(request.user, now), then=CARD, ends=False)
    if done.status_code == 302 and any(_typed(request).values()):
        return card(request, find(pk), typed=_typed(request))
    return done


@require_POST
def hold(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The open card's heartbeat: the claim and the sign-in go on, and what is typed is kept.

    Says until when the call is held; 409 where it is theirs no longer. The draft is kept all the same.
    """
    found, now = find(pk), timezone.now()
    with transaction.atomic():
        _keep_the_draft(request, found)
        holds = found.hold_longer(request.user, now)
    request.session.modified = True
    found.refresh_from_db(fields=["claimed_until"])
    said = wording.clock(found.claimed_until) if holds else "no longer yours"
    return HttpResponse(said, content_type="text/plain", status=200 if holds else 409)


@require_POST
def release(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    supervises = request.user.has_perm("intake.supervise")

    def give_back(found: CallbackRequest, now: datetime.datetime) -> None:
        found.release(request.user, now, supervises=supervises)

    return _do(request, pk, "Gave the call back", give_back, then=QUEUE, said="Given back.", ends=False)


@require_POST
def hand_over(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    supervises = request.user.has_perm("intake.supervise")
    to = next((each for each in wording.colleagues(request.user) if str(each.pk) == request.POST.get("to")), None)

    def hand(found: CallbackRequest, now: datetime.datetime) -> None:
        if to is None:
            raise Refused("Pick the colleague who takes it.")
        found.hand_over(request.user, to, now, line=_line(request, "line"), supervises=supervises)

    said = f"{wording.short_name(to)} has it now." if to else ""
    return _do(request, pk, "Handed the call over", hand, then=QUEUE, said=said, ends=False, about=to)


@require_POST
def allow_dialling(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def allow(found: CallbackRequest, now: datetime.datetime) -> None:
        found.allow_dialling(request.user, now, reason=_line(request, "reason"))

    said = "The number shows now, to who holds this call."
    return _do(request, pk, "Let the number be dialled now", allow, then=CARD, said=said, ends=False)


@require_POST
def release_restored(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def let_go(found: CallbackRequest, now: datetime.datetime) -> None:
        found.release_restored(request.user, now, checked=_line(request, "reason"))

    what, said = "Released a request that came back from a backup", "Released. It stands among the calls again."
    return _do(request, pk, what, let_go, then=CARD, said=said, ends=False)


# How it went --------------------------------------------------------------------------------------------------


@require_POST
def attempt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    pressed = request.POST.get("outcome")
    if pressed not in BUTTONS | MORE_BUTTONS:
        return card(request, find(pk), refused="Press one of the buttons below to say how it went.")
    _, words, outcome, resolution = (BUTTONS | MORE_BUTTONS)[pressed]
    talked = outcome in {Outcome.REACHED, Outcome.THEY_CALLED} and not resolution
    visit = request.POST.get("visit", "") if talked else ""

    def write(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        _refuse_what_is_left(request, {"visit"} if talked else {"ask_again"} if resolution else set())
        details = {"visit": _day(visit) if visit else None, "ask_again_days": _ask_again(request, resolution)}
        return found.record_attempt(
            request.user, outcome, now, note=_line(request, "note"), resolution=resolution, **details
        )

    stays = cadence.EFFECTS[outcome].keeps_claim and not resolution and not visit
    said = "Saved. Next: agree when to call or come, or close the request." if stays else ""
    what = f"Wrote down a try: {words}"
    return _do(request, pk, what, write, then=CARD if stays else QUEUE, said=said, pressed=words)


@require_POST
def later(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def write(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        _refuse_what_is_left(request, {"later"})
        when = _moment(request.POST.get("later", ""), now)
        return found.record_attempt(request.user, Outcome.CALL_LATER, now, note=_line(request, "note"), later=when)

    what = "Wrote down a try: asked us to call later"
    return _do(request, pk, what, write, then=QUEUE, pressed="They asked to be called later")


@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    resolution = request.POST.get("resolution")
    words = Resolution(resolution).label if resolution in closing_for(request.user) else ""

    def write(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        if not words:
            raise Refused("Pick why this request is closed.")
        declined = resolution == Resolution.DECLINED_FOR_NOW
        _refuse_what_is_left(request, {"resolution", "ask_again"} if declined else {"resolution"})
        days, note = _ask_again(request, resolution), _line(request, "note")
        return found.close(request.user, Resolution(resolution), now, note=note, ask_again_days=days)

    return _do(request, pk, f"Closed: {words}", write, then=QUEUE, pressed=f"Close it: {words}")


@require_POST
def came(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        if found.status != Status.BOOKED:
            raise Refused("No first visit is booked any more. Look again.")
        _refuse_what_is_left(request)
        found.close(request.user, Resolution.CAME_BACK, now, note=_line(request, "note"))

    return _do(request, pk, "Wrote down a visit: came", write, then=QUEUE, pressed="Came")


@require_POST
def missed(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        _refuse_what_is_left(request)
        found.miss_visit(request.user, now, note=_line(request, "note"))

    return _do(request, pk, "Wrote down a visit: missed", write, then=QUEUE, pressed="Missed")


@require_POST
def book(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A first visit is agreed, or moves to another day."""

    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        _refuse_what_is_left(request, {"day"})
        found.book_visit(request.user, _day(request.POST.get("day", "")), now, note=_line(request, "note"))

    return _do(request, pk, "Booked a first visit", write, then=QUEUE, pressed="Book the first visit")


@require_POST
def step(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stamp the next step of a crisis."""
    pressed = request.POST.get("step")
    words = CrisisStep(pressed).label if pressed in CrisisStep.values else ""

    def stamp(found: CallbackRequest, now: datetime.datetime) -> None:
        found.take_step(request.user, pressed, now)

    return _do(request, pk, f"Crisis step: {words}", stamp, then=CARD, pressed=words, ends=False)


@require_POST
def crisis(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Somebody heard on the phone that they may be in danger."""

    def mark(found: CallbackRequest, now: datetime.datetime) -> None:
        if found.holder(now) != request.user:
            raise Refused("Take this call first.")
        found.mark_crisis()

    said = "Marked. Go through the steps, one by one."
    return _do(request, pk, "Marked as a possible crisis", mark, then=CARD, said=said, ends=False)


@require_POST
def no_crisis(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def unmark(found: CallbackRequest, now: datetime.datetime) -> None:
        found.unmark_crisis(request.user, now, reason=_line(request, "note"))

    return _do(request, pk, "Took the mark of a crisis off", unmark, then=CARD, said="The mark is off.")


@require_POST
def looked_at(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def write(found: CallbackRequest, now: datetime.datetime) -> None:
        found.look_at(request.user, now, note=_line(request, "note"))

    return _do(request, pk, "Read a request that was taken back", write, then=QUEUE, said="Saved. Nobody is called.")


@require_POST
def undo_last(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    def undo_it(found: CallbackRequest, now: datetime.datetime) -> list[CallbackRequest]:
        return undo.undo_last(found, request.user, now)

    said = "Undone. You hold this call."
    return _do(request, pk, "Undid what was done last", undo_it, then=CARD, said=said, ends=False)


# How the verbs do it ------------------------------------------------------------------------------------------


def _do(
    request: HttpRequest,
    pk: uuid.UUID,
    what: str,
    verb: Verb,
    *,
    then: str,
    said: str = "",
    pressed: str = "",
    ends: bool = True,
    about: User | None = None,
) -> HttpResponse:
    """Do one verb. `what`, `about`: its line in the record, and the colleague it concerns. `pressed`: what a refused
    person meant to save, for the card that shows it beside how things stand now. `ends`: it starts from the card that
    was on the screen (a second tap or an old card writes nothing) and uses up what was typed."""
    found = find(pk)
    try:
        with transaction.atomic():
            if ends:
                _as_seen(request, found)
            others = verb(found, timezone.now()) or []
            if ends:
                Draft.keep(found, request.user, "")
            else:
                _keep_the_draft(request, found)
            with_it = [(f"With another request at this number: {what}", other.pk) for other in others]
            record_each(request.user, [(what, found.pk), *with_it], about=about)
    except Refused as reason:
        return card(request, find(pk), refused=str(reason), pressed=pressed, typed=_typed(request))
    if then == QUEUE and not said:
        said = f"Saved. {wording.closed_or_next(found)}"
    if said:
        may_undo = then == QUEUE and undo.may_undo(found, request.user, timezone.now())
        messages.success(request, said, extra_tags=str(found.pk) if may_undo else "")
    return redirect(CARD, found.pk) if then == CARD else redirect(QUEUE)


def _keep_the_draft(request: HttpRequest, found: CallbackRequest) -> None:
    """What is half written, even where it is too long yet to be saved."""
    if "note" in request.POST:
        Draft.keep(found, request.user, clean_text(request.POST["note"], lines=True)[:DRAFT_LETTERS])


def _as_seen(request: HttpRequest, found: CallbackRequest) -> None:
    if found.status == Status.CLOSED:
        return  # the verb says so itself
    acts, times_sent = request.POST.get("acts"), request.POST.get("times_sent")
    if times_sent and times_sent != str(found.times_sent):
        raise Refused("They changed their request just now. Look again before you call.")
    if acts and acts != str(found.acts):
        raise Refused("Something was written down meanwhile. Look again before you call.")


def _refuse_what_is_left(request: HttpRequest, used: Collection[str] = ()) -> None:
    for name, words in PICKED.items():
        if name not in used and request.POST.get(name):
            raise Refused(words)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in TYPED}


def _line(request: HttpRequest, field: str) -> str:
    line = clean_text(request.POST.get(field, ""), lines=True)
    if len(line) > NOTE_LETTERS:
        raise Refused(f"Shorten it to {NOTE_LETTERS} letters or fewer.")
    return line


def _day(typed: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(typed)
    except ValueError:
        raise Refused("Pick the day of the first visit.") from None


def _moment(typed: str, now: datetime.datetime) -> datetime.datetime:
    """When they asked to be called, typed on the clinic's clock."""
    try:
        when = timezone.make_aware(datetime.datetime.fromisoformat(typed).replace(tzinfo=None))
        is_near = now < when < now + datetime.timedelta(cadence.LOOK_AHEAD_DAYS)
    except (ValueError, OverflowError):
        raise Refused("Pick the day and time they asked for.") from None
    if not is_near:
        raise Refused(f"Pick a day and time ahead, within {cadence.LOOK_AHEAD_DAYS} days.")
    if not Calendar(facts.current()).is_staffed(when):
        raise Refused("Nobody is here to call then. Pick a time when the desk is open.")
    return when


def _ask_again(request: HttpRequest, resolution: str | None) -> int:
    """In how many days they agreed to be asked again; 0 where they did not, or said something else."""
    days = request.POST.get("ask_again", "")
    agreed = resolution == Resolution.DECLINED_FOR_NOW and days in {str(each) for each in ASK_AGAIN_DAYS}
    return int(days) if agreed else 0
