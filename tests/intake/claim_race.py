"""Many who take one of two calls at one number in one moment, each a process of its own, as the site's workers are.

    python -m tests.intake.claim_race PEOPLE

With DATA_DIR and DATABASE_URL as the site has them. Prints what each was answered, and who has a call then.
"""

import json
import multiprocessing
import os
import re
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "reentry_site.settings"


PATIENCE = 50  # seconds, until somebody who does not come to the start ends it for all


def press(start, answers, client, username: str, address: str) -> None:
    """One person at the desk, signed in, waits for the others and presses."""
    start.wait(PATIENCE)
    answer = client.post(address)
    said = re.search(r"\w+ has this (?:call|number) now|The desk is away for a moment", answer.content.decode())
    answers.put([username, answer.status_code, said[0] if said else ""])


def main(people: int) -> None:
    import django

    django.setup()
    from django.contrib.auth.models import Group, User
    from django.db import connections
    from django.test import Client
    from django.utils import timezone

    from intake import accepting
    from intake.models import CallbackRequest
    from intake.submission import Submission
    from tests.intake.conftest import card

    clients, triage = {}, Group.objects.filter(name="triage")
    for number in range(people):
        user = User.objects.create(username=f"staff{number}", first_name=f"Staff{number}", is_staff=True)
        user.groups.set(triage)  # and no password: to hash fifty takes longer than all the rest
        client = clients[user.username] = Client(raise_request_exception=False, headers={"host": "localhost"})
        client.force_login(user)
    stored = [
        accepting.store(Submission("+12165550143", name=f"Client {number}"), timezone.now()).request
        for number in range(2)
    ]
    client.get(card(stored[0]))  # all that a first page loads is loaded
    connections.close_all()  # nobody inherits an open one
    processes = multiprocessing.get_context("fork")  # as the site's own workers begin
    start, answers = processes.Barrier(people), processes.SimpleQueue()
    at_once = [
        processes.Process(target=press, args=(start, answers, client, name, card(stored[number % 2], "take")))
        for number, (name, client) in enumerate(clients.items())
    ]
    for each in at_once:
        each.start()
    for each in at_once:
        each.join()
    answered = [answers.get() for _ in at_once if not answers.empty()]
    holders = CallbackRequest.objects.exclude(claimed_by=None).values_list("claimed_by__username", flat=True)
    print(json.dumps({"answered": answered, "holders": list(holders)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
