"""The project's settings for a live site under test: its pages' clock can be set, and each answer names its worker."""

import datetime
import os
from pathlib import Path

from django.apps import AppConfig

from reentry_site.settings import *  # noqa: F403
from reentry_site.settings import INSTALLED_APPS, MIDDLEWARE

#: Holds the moment at which the pages' clock stands (ISO 8601); the true one while there is no such file.
CLOCK = Path(os.environ["PAGES_CLOCK"])


def right_now() -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(CLOCK.read_text())
    except FileNotFoundError:
        return datetime.datetime.now(datetime.UTC)


class Clock(AppConfig):
    name = "tests"

    def ready(self) -> None:
        from reentry_site.pages import edition

        edition.right_now = right_now


def name_worker(get_response):
    def answer(request):
        response = get_response(request)
        response["X-Worker"] = str(os.getpid())
        return response

    return answer


INSTALLED_APPS = [*INSTALLED_APPS, "tests.live_settings.Clock"]
MIDDLEWARE = ["tests.live_settings.name_worker", *MIDDLEWARE]
