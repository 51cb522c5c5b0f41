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


def test_a_line_says_which_request_by_its_route_alone(client, monkeypatch, caplog):
    said = []
    monkeypatch.setattr(caplog.handler, "emit", lambda record: said.append(AllowedFields().format(record)))
    client.post("/callback/received/canary-token/?q=canary", {"note": "canary"})
    [line] = map(json.loads, said)
    assert line.keys() == {"time", "level", "logger", "place", "status", "request", "method", "route", "ms"}
    assert (line["method"], line["route"], line["status"]) == ("POST", "intake:received", 405)
    assert "canary" not in said[0]


def test_a_method_that_nobody_knows_is_not_written_down(client, monkeypatch, caplog):
    said = []
    monkeypatch.setattr(caplog.handler, "emit", lambda record: said.append(AllowedFields().format(record)))
    client.generic("CANARY", "/nowhere-canary/")
    assert {json.loads(line)["method"] for line in said} == {"other"}
    assert "canary" not in "".join(said).lower()


def test_outside_of_a_request_no_request_is_named():
    record = logging.LogRecord("intake.sweeping", logging.ERROR, "x.py", 1, "", (), None)
    assert "request" not in json.loads(AllowedFields().format(record))
