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

from intake import codes, standing
from intake.answers import Answers, PrivateCode
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Daypart, Look, Outcome, Resolution, Status

#: Each batch writes to every part of the indexes: in small ones, most of the time goes there.
BATCH = 50_000
SQLITE_CACHE = 500_000  # KiB
#: Unless told otherwise, so many of the last ones are open; the others were closed over the past months.
MOST_OPEN = 2_000
NAMES = ("Ana", "Bo", "Cy", "Dee", "Eli", "Flo", "Gus", "Hal", "Ida", "Jo", "", "")
NOTES = ("I want to come back, but differently", "Evenings are best", "Please ask for me only", "", "", "")
URGENT_NOTE = "I do not want to live like this"
RESOLUTIONS = (Resolution.CAME_BACK, Resolution.NOT_REACHED, Resolution.DECLINED_FOR_NOW, Resolution.WITHDRAWN)
#: Of 100 open ones, so many had this try. Where there is no staff yet, nobody tried.
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
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE}")
        for batch in _in_batches(people, BATCH):
            requests, versions = zip(*batch, strict=True)
            with transaction.atomic():
                CallbackRequest.objects.bulk_create(requests)
                Answers.objects.bulk_create(versions)
                PrivateCode.objects.bulk_create(map(_code, versions))
                if staff:
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
        closed_at = min(asked_at + datetime.timedelta(minutes=chance.randrange(10, 3 * 24 * 60)), now)
        for name, value in request.closing(chance.choice(RESOLUTIONS), closed_at).items():
            setattr(request, name, value)
    return request, Answers.sealing(submission, request, asked_at, version_id=version_id, look=look)


def _code(version: Answers) -> PrivateCode:
    hashed = codes.hash_of(codes.private_code(version.id))
    return PrivateCode(hash=hashed, answers=version, reference=version.request.reference, made_at=version.sent_at)


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
