"""Made-up requests, for trying the desk and for measuring it. Their numbers are fictional ones (555-01xx)."""

import datetime
import itertools
import random
import uuid
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from intake import cadence, codes, standing
from intake.answers import Answers, PrivateCode
from intake.attempts import ContactAttempt
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Daypart, Look, Outcome, Resolution, Status
from reentry_site import facts

#: Each batch writes to every part of the indexes: in small ones, most of the time goes there.
BATCH = 50_000
SQLITE_CACHE = 500_000  # KiB
#: Unless told otherwise, so many of the last ones are open; the others were closed over the past months.
MOST_OPEN = 2_000
NAMES = ("Ana", "Bo", "Cy", "Dee", "Eli", "Flo", "Gus", "Hal", "Ida", "Jo", "", "")
NOTES = ("I want to come back, but differently", "Evenings are best", "Please ask for me only", "", "", "")
URGENT_NOTE = "I do not want to live like this"
#: Why they closed, as often as they stand here, and how long they were open at most (days).
RESOLUTIONS = (
    *(Resolution.CAME_BACK,) * 4,
    *(Resolution.NOT_REACHED,) * 3,
    *(Resolution.DECLINED_FOR_NOW,) * 2,
    Resolution.WITHDRAWN,
    Resolution.IN_CARE_ELSEWHERE,
    Resolution.DUPLICATE,
    Resolution.NOT_A_REQUEST,
)
DAYS_OPEN = dict.fromkeys(Resolution, 3) | {Resolution.CAME_BACK: 40, Resolution.NOT_REACHED: 14}
REACHED_FIRST = {Resolution.CAME_BACK, Resolution.DECLINED_FOR_NOW, Resolution.IN_CARE_ELSEWHERE}
#: Tries before that, and how they ended.
MISSED = (0, 0, 0, 1, 1, 2, 3)
MINUTES_LATE = 50  # on average, from when a try was due
MISSES = (Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.SOMEONE_ELSE)
#: Of 100 open ones, so many had this try.
WORKED = {
    Outcome.NO_ANSWER: 20,
    Outcome.LEFT_VOICEMAIL: 4,
    Outcome.BUSY: 3,
    Outcome.SOMEONE_ELSE: 3,
    Outcome.REACHED: 4,
    Outcome.THEY_CALLED: 1,
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--open", type=int, default=MOST_OPEN, help="how many of them are open")
        parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same people")

    def handle(self, *, count: int, open: int, seed: int, **options):
        if settings.PUBLIC:
            raise CommandError("Made-up requests do not go to a public site: staff would call fictional numbers.")
        chance, now = random.Random(seed), timezone.now()  # noqa: S311 (no secret)
        people = (_person(chance, now, number, is_open=number >= count - open) for number in range(count))
        calendar = cadence.Calendar(facts.current())
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
        staff = staff or User.objects.get_or_create(username="made-up", defaults={"is_active": False})[0]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE}")
        for batch in _in_batches(people, BATCH):
            requests, versions = zip(*batch, strict=True)
            closed = [request for request in requests if request.status == Status.CLOSED]
            tries = [each for request in closed for each in _tries(chance, request, staff, calendar)]
            with transaction.atomic():
                CallbackRequest.objects.bulk_create(requests)
                Answers.objects.bulk_create(versions)
                PrivateCode.objects.bulk_create(map(_code, versions))
                ContactAttempt.objects.bulk_create(tries)
                _work(chance, requests, staff, now)
        self.stdout.write(f"Made {count} requests.")


def _person(chance: random.Random, now: datetime.datetime, number: int, *, is_open: bool) -> tuple:
    """A request and its version, unsaved."""
    submission = Submission(
        phone=f"+1{chance.choice('3456789')}{chance.randrange(100):02}555{100 + number % 100:04};ext={number}",
        name=chance.choice(NAMES),
        note=URGENT_NOTE if chance.random() < 0.02 else chance.choice(NOTES),
        voicemail_ok=chance.random() < 0.3,
        text_ok=chance.random() < 0.4,
        may_say_clinic_name=chance.random() < 0.2,
        preferred_times=tuple(part for part in Daypart if chance.random() < 0.3),
    )
    asked_at = now - datetime.timedelta(minutes=chance.randrange(60, 3 * 24 * 60 if is_open else 85 * 24 * 60))
    version_id = uuid.UUID(int=chance.getrandbits(128))
    request = standing.begin(submission, version_id, asked_at)
    look = [Look.NETWORK] if chance.random() < 0.06 else []
    request.needs_look |= bool(look)
    if not is_open:
        resolution = chance.choice(RESOLUTIONS)
        closed_at = asked_at + datetime.timedelta(minutes=chance.randrange(10, DAYS_OPEN[resolution] * 24 * 60))
        for name, value in request.closing(resolution, min(closed_at, now)).items():
            setattr(request, name, value)
    return request, Answers.sealing(submission, request, asked_at, version_id=version_id, look=look)


def _code(version: Answers) -> PrivateCode:
    hashed = codes.hash_of(codes.private_code(version.id))
    return PrivateCode(hash=hashed, answers=version, reference=version.request.reference, made_at=version.sent_at)


def _tries(chance: random.Random, request: CallbackRequest, staff: User, calendar: cadence.Calendar) -> list:
    """What staff did, as far as there was time, about one that is closed. What that makes of it is set on it."""
    outcomes = [chance.choice(MISSES) for _ in range(chance.choice(MISSED))]
    outcomes += [Outcome.REACHED] * (request.resolution in REACHED_FIRST)
    made, at = [], request.asked_at
    for outcome in outcomes:
        at = calendar.first_try(at, ()) + datetime.timedelta(minutes=int(chance.expovariate(1 / MINUTES_LATE)))
        if at > request.closed_at:
            break
        made.append(ContactAttempt(request=request, made_by=staff, made_at=at, outcome=outcome))
        at += datetime.timedelta(days=1)
    request.tries = len(made)
    if made and request.resolution == Resolution.CAME_BACK:
        request.booked_at = made[-1].made_at
    return made


def _work(chance: random.Random, requests: Iterable[CallbackRequest], staff: User, now: datetime.datetime) -> None:
    """What staff have done about some of the open ones, by the desk's own verbs: nothing is as it could never be."""
    for request in requests:
        done = chance.choices([*WORKED, None], [*WORKED.values(), 100 - sum(WORKED.values())])[0]
        if request.status == Status.CLOSED or done is None:
            continue
        at = request.asked_at + (now - request.asked_at) * chance.random()
        request.claim(staff, at)
        visit = at.date() + datetime.timedelta(3) if done == Outcome.REACHED and chance.random() < 0.5 else None
        if done != Outcome.LEFT_VOICEMAIL or request.voicemail_ok:
            request.record_attempt(staff, done, at, visit=visit)


def _in_batches(people: Iterator, size: int) -> Iterator[list]:
    while batch := list(itertools.islice(people, size)):
        yield batch
