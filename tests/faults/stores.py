"""Opens the site's two stores in a process of its own, and compares what is there with what people were told.

`python -m tests.faults.stores drain` moves what waits, as the sweeper does. `… compare` reads the people as JSON.
"""

import collections
import json
import os
import sys
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")
django.setup()

from django.core import signing  # noqa: E402
from django.db import OperationalError  # noqa: E402

from intake import accepting, codes, spool, vault  # noqa: E402
from intake.answers import Answers, PrivateCode  # noqa: E402
from intake.models import CallbackRequest  # noqa: E402


def compare(people: list[dict]) -> dict[str, int]:
    """`false`: thanks whose request is in neither store. `lost`, `doubled`: once the spool is drained."""
    waiting, tokens = spool.rows(), [token for person in people for token in person["thanked"]]
    spooled = {row.id for row in waiting}
    false = sum(not (id in spooled or _opens(id)) for id in map(_id_of, tokens))
    _drain()
    stored = collections.Counter(_words(version.submission) for version in Answers.objects.all())
    requests = collections.Counter(CallbackRequest.objects.values_list("phone_hash", flat=True))
    thanked = [person for person in people if person["thanked"]]
    return {
        "false": false,
        "waited": len(waiting),
        "lost": sum(stored[_sent(person)] == 0 for person in thanked),
        "doubled": sum(stored[_sent(person)] > 1 or requests[_hash(person)] > 1 for person in people),
        "half": sum(words not in {_sent(person) for person in people} for words in stored),
        "dead codes": sum(not _opens(_id_of(token)) for token in tokens),
        "left in the spool": spool.count(),
    }


def _drain(tries: int = 20) -> None:
    """Beside the sweeper, which is at it too: again where that one had the file for too long."""
    for _ in range(tries):
        try:
            accepting.drain()
            return
        except OperationalError as reason:
            fault = reason
    raise fault


def _id_of(token: str) -> uuid.UUID:
    return uuid.UUID(signing.TimestampSigner(salt="received").unsign(token))


def _opens(version_id: uuid.UUID) -> bool:
    """The private code that the thank-you page shows opens a request in the database."""
    return PrivateCode.objects.filter(hash=codes.hash_of(codes.private_code(version_id))).exists()


def _words(submission) -> tuple[str, ...]:
    return submission.phone, submission.name, submission.note, str(submission.text_ok)


def _sent(person: dict) -> tuple[str, ...]:
    return "+1" + person["phone"], person["name"], person["note"], "True"


def _hash(person: dict) -> str:
    return vault.keyed_hash("+1" + person["phone"])


if __name__ == "__main__":
    if sys.argv[1] == "drain":
        accepting.drain()
    else:
        print(json.dumps(compare(json.load(sys.stdin))))
