"""Reads people as JSON and says how many of those who were thanked are not in the database, in a process of its own."""

import json
import sys

from tests.faults import stores  # sets Django up
from tests.faults.stores import Answers


def judge(people: list[dict]) -> dict[str, int]:
    """`lost`: their words are in no version. `dead codes`: what their thank-you page shows opens nothing."""
    numbers = {stores._hash(person) for person in people}
    versions = Answers.objects.filter(request__phone_hash__in=numbers)
    stored = {stores._words(version.submission) for version in versions}
    return {
        "lost": sum(stores._sent(person) not in stored for person in people if person["thanked"]),
        "dead codes": sum(not stores._opens(stores._id_of(token)) for person in people for token in person["thanked"]),
    }


if __name__ == "__main__":
    print(json.dumps(judge(json.load(sys.stdin))))
