"""What the desk says of a request: its badge, the contact words, the good time, the script. No number in any of it."""

import contextlib
import datetime
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format

from intake import vault
from intake.answers import Answers, PrivateCode
from intake.attempts import StaffNote, StepTaken
from intake.cadence import Calendar
from intake.calls import TALKED
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.submission import Submission
from intake.words import CrisisStep, Daypart, Look, Resolution, Status
from reentry_site.facts import Facts

RESTORED = "This came back from a backup. They may have asked us to stop since. A supervisor checks, then releases it."


@dataclass(frozen=True)
class Badge:
    """Status as sign, word and colour (`look` is the CSS class): never by colour alone."""

    sign: str
    word: str
    look: str


def badge(request: CallbackRequest, user, now: datetime.datetime) -> Badge:
    """One of them, the most pressing: closed, restored, overdue, taken, new, waiting. Who has it: `next_step` too."""
    if request.status == Status.CLOSED:
        return Badge("✓", request.get_resolution_display(), "done")
    if request.restored:
        return Badge("?", "Restored: check first", "new")
    if request.is_overdue(now):
        return Badge("!", "Overdue", "overdue")
    if holder := request.holder(now):
        return Badge("◐", _taken(holder, user), "taken")
    if request.needs_look:
        return Badge("?", "Needs a look", "new")
    if request.status == Status.NEW:
        return Badge("●", "New", "new")
    return Badge("○", "Waiting", "waiting")


def _taken(holder, user) -> str:
    return "Taken by you" if holder == user else f"Taken by {short_name(holder)}"


def short_name(user) -> str:
    return user.get_short_name() or user.get_username()


def colleagues(user):
    """Who else may take a call now."""
    return User.objects.with_perm("intake.work_queue").exclude(pk=user.pk).order_by("first_name", "username")


def clock(moment: datetime.datetime) -> str:
    """A moment of today on the clinic's clock: `5 p.m.`."""
    return date_format(timezone.localtime(moment), "P")


def contact_words(request: CallbackRequest | Submission, facts: Facts) -> list[tuple[bool, str]]:
    """(allowed, words) for each way of contact; what was skipped shows as the private choice."""
    return [
        (request.voicemail_ok, "Voicemail OK" if request.voicemail_ok else "No voicemail"),
        (request.text_ok, "Text OK" if request.text_ok else "No text"),
        (
            request.may_say_clinic_name,
            f"OK to say {facts.name}" if request.may_say_clinic_name else "Don’t say who we are",
        ),
    ]


def good_time(request: CallbackRequest | Submission) -> str:
    return ", ".join(Daypart(part).label for part in request.preferred_times).capitalize() or "Any time"


def waited(since: datetime.datetime, now: datetime.datetime) -> str:
    """How long, in the two largest units: `1 day 3 h`, `2 h 40 min`, `35 min`."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    days, hours = minutes // (24 * 60), minutes // 60 % 24
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def when(moment: datetime.datetime | None) -> str:
    """A moment on the clinic's clock, in words: `today 5 p.m.`, `tomorrow 8 a.m.`, `Tue, Nov 24, 5 p.m.`."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    days = (local.date() - timezone.localdate()).days
    day = {0: "today", 1: "tomorrow"}.get(days) or date_format(local, "D, M j,")
    return f"{day} {date_format(local, 'P')}"


def next_step(request: CallbackRequest, user, now: datetime.datetime) -> str:
    """The small line under the badge."""
    if request.status == Status.CLOSED:
        again = f". To be asked again {when(request.ask_again_at)}" if request.ask_again_at else ""
        return when(request.closed_at) + again
    if (request.restored or request.is_overdue(now)) and (holder := request.holder(now)):
        return _taken(holder, user)
    if request.called_back_at and timezone.localdate(request.called_back_at) == timezone.localdate(now):
        return f"Called back at {clock(request.called_back_at)}"
    tries = f"{request.tries} {'try' if request.tries == 1 else 'tries'} so far" if request.tries else "No try yet"
    if request.status in TALKED:
        tries = request.get_status_display()
    if request.visit_has_come:
        return f"{tries}: did they come?"
    if request.next_try_at and request.next_try_at > now:
        return f"{tries}. Next: {when(request.next_try_at)}"
    return tries


def closed_or_next(request: CallbackRequest) -> str:
    """What a saved outcome came to."""
    if request.status == Status.CLOSED:
        again = f". To be asked again {when(request.ask_again_at)}" if request.ask_again_at else ""
        return f"Closed: {request.get_resolution_display()}{again}"
    if request.status == Status.BOOKED:
        return "The first visit is booked. That day it comes up again."
    return f"Next try: {when(request.next_try_at)}" if request.next_try_at else "It needs a look: no time fits."


def standing(request: CallbackRequest, facts: Facts, now: datetime.datetime) -> str:
    """Where a request stands, in one line. The promise is named only where the clinic has given its hours."""
    if request.status == Status.CLOSED:
        return f"Was open {waited(request.asked_at, request.closed_at)}, closed {when(request.closed_at)}"
    said = f"Asked {waited(request.asked_at, now)} ago"
    if facts.hours and request.call_by and not request.tries:
        said += f", promised by {when(request.call_by)}"
    if request.next_try_at:
        said += f", next try {when(request.next_try_at)}" if request.next_try_at > now else ", due now"
    return said


def cautions(request: CallbackRequest, calendar: Calendar, now: datetime.datetime) -> list[str]:
    """What to know before dialling: danger, a try too soon, the wrong hour, another request at the number."""
    if request.moved_to_id:
        return [f"They gave another number since. It is another request now: {request.moved_to.reference}."]
    if request.status == Status.CLOSED:
        withdrawn = request.resolution == Resolution.WITHDRAWN
        why = "They took this back: do not call." if withdrawn else "This came in after the request was closed."
        return [f"{why} It may be an emergency: read it, and write down what was done."] if request.needs_look else []
    said = [RESTORED] if request.restored else []
    if request.crisis:
        said.append("This may be an emergency. Tell a clinician now, whether the person answers or not.")
    said += reasons(request)
    if request.needs_look and request.next_try_at:
        said.append("It was set aside. Read it, then call or close.")
    elif request.next_try_at is None and request.status != Status.BOOKED:
        said.append("They picked times when nobody is here to call.")
    elif request.tries and request.next_try_at and request.next_try_at > now:
        last = when(request.attempts.standing().last().made_at)
        said.append(f"The last try was {last}. The next one is due {when(request.next_try_at)}.")
    if others := list(request.at_the_same_number()):
        references = ", ".join(other.reference for other in others)
        said.append(f"Another open request has this number: {references}. Go by the more private answers of both.")
    if request.moved_from.exists():
        said.append("They gave this number in place of an earlier one. Nobody is to be called there for them.")
    elif PrivateCode.objects.filter(answers__request=request, ended_at__isnull=False).exists():
        said.append("Somebody who asked at this number gave another one since. Make sure who it is.")
    if request.was_withdrawn_by_another():
        said.append("Another person at this number took their own request back. This one still stands.")
    return said


def barriers(request: CallbackRequest, calendar: Calendar, now: datetime.datetime) -> list[str]:
    """Why the number is not to be dialled now (CallbackRequest.may_be_dialled), in sentences."""
    said = ["Nobody calls here until it is released."] if request.restored else []
    if not calendar.is_their_time(now, ()):
        said.append("Nobody is called before 8 in the morning or after 9 in the evening.")
    elif not request.time_agreed and not calendar.is_their_time(now, request.preferred_times):
        said.append(f"It is not their time now. Their good time: {good_time(request).lower()}.")
    if request.was_called_today(now):
        said.append("They were called today already. One call a day is enough.")
    if StoppedNumber.has(request.phone_hash):
        said.append("Someone at this number asked us to stop, or it was a wrong number.")
    return said


def crisis_steps(request: CallbackRequest) -> list[tuple[CrisisStep, StepTaken | None, bool]]:
    """(step, its stamp, whether it comes next), where somebody may be in danger; else none."""
    if not request.crisis:
        return []
    taken = {each.step: each for each in request.steps.select_related("made_by")}
    return [(step, taken.get(step), number == len(taken)) for number, step in enumerate(CrisisStep)]


def visit_day(request: CallbackRequest) -> str:
    """The day of the first visit, where one is booked."""
    if request.visit is None:
        return ""
    try:
        return date_format(request.visit.day, "l, F j")
    except vault.CannotOpen:
        return "a day that cannot be opened"


def reasons(request: CallbackRequest) -> list[str]:
    """Why a person looks at it first, in sentences."""
    found = set()
    for version in request.versions.all():
        with contextlib.suppress(vault.CannotOpen):
            found.update(version.look)
    return [reason.label for reason in Look if reason in found]


@dataclass(frozen=True)
class Sent:
    """One version as the card shows it. `changed`: by the client's own link, so that it no longer counts."""

    at: datetime.datetime
    submission: Submission | None
    changed: bool
    words: list[str]
    good_time: str


def sent_before(request: CallbackRequest, facts: Facts) -> list[Sent]:
    """What they sent before, the newest first; a submission that cannot be opened is None."""
    versions = list(request.versions.all())
    newest = next((each for each in reversed(versions) if not each.replaced and each.opened()), None)
    return [_sent(version, facts) for version in reversed(versions) if version is not newest]


def _sent(version: Answers, facts: Facts) -> Sent:
    submission = version.opened()
    words = [text for _, text in contact_words(submission, facts)] if submission else []
    return Sent(version.sent_at, submission, version.replaced, words, good_time(submission) if submission else "")


def opened(request: CallbackRequest) -> Submission | None:
    """What the client sent; None where it cannot be opened, which the page says instead of showing nothing."""
    try:
        return request.submission
    except vault.CannotOpen:
        return None


def opened_note(note: StaffNote) -> str:
    try:
        return note.text
    except vault.CannotOpen:
        return "This note cannot be opened. Tell the operator."


def script(request: CallbackRequest, answers: Submission, caller, facts: Facts, voicemail: bool) -> dict[str, str]:
    """What to say, step by step; it obeys what the person chose. The clinic is named to nobody but the person."""
    me, them = short_name(caller), answers.name
    said = {
        "ask": f"Hi, may I speak with {them or 'the person who asked for a call'}?",
        "someone_else": "I’ll try again later. Thank you.",
        "person": f"This is {me}, calling as you asked. Is now a good and private time?",
        "open": "I’m glad you reached out. What would you like to be different this time?",
    }
    if voicemail:
        said["voicemail"] = f"This is {me}{f' for {them}' if them else ''}. Please call {facts.phone}."
    if request.text_ok:
        said["text"] = f"This is {me}. You asked for a call. When is a good time? {facts.phone}"
    return said
