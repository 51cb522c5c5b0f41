"""The project's settings for a live site that breaks when it is told to, with a form in its hands."""

import os
import signal

from reentry_site.settings import *  # noqa: F403
from reentry_site.settings import MIDDLEWARE

HEADER = "X-Break"


def break_when_told(get_response):
    def answer(request):
        how, form = request.headers.get(HEADER), request.POST.dict()
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "raise":
            # As a database driver's error does, which quotes the row.
            raise RuntimeError(f"DETAIL: Failing row contains ({form}) of {request.get_full_path()}")
        return get_response(request)

    return answer


MIDDLEWARE = [*MIDDLEWARE, "tests.breaking_settings.break_when_told"]
