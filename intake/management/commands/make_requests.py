"""Made-up requests, for trying the desk and for measuring it. Their numbers are fictional ones (555-01xx)."""

import datetime
import itertools
import random
import uuid
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from intake import standing
from intake.answers import Answers
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Daypart, Resolution, Status

BATCH = 2_000
#: Of so many the last ones are open; the others were closed over the past months.
MOST_OPEN = 2_000
NAMES = ("Ana", "Bo", "Cy", "Dee", "Eli", "Flo", "Gus", "Hal", "Ida", "Jo", "", "")
NOTES = ("I want to come back, but differently", "Evenings are best", "Please ask for me only", "", "", "")
RESOLUTIONS = (Resolution.CAME_BACK, Resolution.NOT_REACHED, Resolution.DECLINED_FOR_NOW, Resolution.WITHDRAWN)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same people")

    def handle(self, *, count: int, seed: int, **options):
        if settings.PUBLIC:
            raise CommandError("Made-up requests do not go to a public site: staff would call fictional numbers.")
        chance, now = random.Random(seed), timezone.now()  # noqa: S311 (no secret)
        people = (_person(chance, now, number, count) for number in range(count))
        for batch in _in_batches(people, BATCH):
            requests, versions = zip(*batch, strict=True)
            with transaction.atomic():
                CallbackRequest.objects.bulk_create(requests)
                Answers.objects.bulk_create(versions)
        self.stdout.write(f"Made {count} requests.")


def _person(chance: random.Random, now: datetime.datetime, number: int, count: int) -> tuple[CallbackRequest, Answers]:
    submission = Submission(
        phone=f"+1{chance.choice('23456789')}{chance.randrange(100):02}555{100 + number % 100:04};ext={number}",
        name=chance.choice(NAMES),
        note=chance.choice(NOTES),
        voicemail_ok=chance.random() < 0.3,
        text_ok=chance.random() < 0.4,
        may_say_clinic_name=chance.random() < 0.2,
        preferred_times=tuple(part for part in Daypart if chance.random() < 0.3),
    )
    is_open = number >= count - MOST_OPEN
    asked_at = now - datetime.timedelta(minutes=chance.randrange(60, 3 * 24 * 60 if is_open else 85 * 24 * 60))
    version_id = uuid.UUID(int=chance.getrandbits(128))
    request = standing.begin(submission, version_id, asked_at)
    if not is_open:
        closed_at = asked_at + datetime.timedelta(minutes=chance.randrange(10, 3 * 24 * 60))
        request.status, request.resolution, request.closed_at = Status.CLOSED, chance.choice(RESOLUTIONS), closed_at
        request.next_try_at = request.overdue_from = None
        request.needs_look = False
    return request, Answers.sealing(submission, request, asked_at, version_id=version_id)


def _in_batches(people: Iterator, size: int) -> Iterator[list]:
    while batch := list(itertools.islice(people, size)):
        yield batch
