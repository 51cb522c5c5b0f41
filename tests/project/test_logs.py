"""What a log line may hold: an allow-list, so that no text, address or body of a person gets into it."""

import json
import logging
import sys

from reentry_site.logs import AllowedFields


def test_a_line_has_the_allowed_fields_and_no_words_of_anybody():
    try:
        raise ValueError("canary")
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "canary %s", ("canary",), raised)
    record.status_code, record.request = 500, "canary"

    line = AllowedFields().format(record)

    assert json.loads(line).keys() == {"time", "level", "logger", "place", "status", "exception", "raised"}
    assert json.loads(line)["exception"] == "ValueError"
    assert "canary" not in line
