"""The site's own settings, with two troubles that cannot be made from outside: it dies between storing and answering
(TRIAL_DIES: one time in so many), and its clock is wrong by the days that the file TRIAL_CLOCK says."""

import datetime
import os
import random
import signal
from pathlib import Path

from django.utils import timezone

from reentry_site.settings import *  # noqa: F403

DIES = int(os.environ.get("TRIAL_DIES", "0"))
CLOCK = os.environ.get("TRIAL_CLOCK")
MIDDLEWARE = ["tests.faults.settings.dies_between_storing_and_answering", *MIDDLEWARE]  # noqa: F405


def dies_between_storing_and_answering(get_response):
    def middleware(request):
        response = get_response(request)
        if DIES and response.status_code == 303 and not random.randrange(DIES):  # noqa: S311 (no secret)
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    return middleware


if CLOCK:
    real_now = timezone.now
    timezone.now = lambda: real_now() + datetime.timedelta(days=int(Path(CLOCK).read_text() or 0))
