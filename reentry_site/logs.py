"""Log lines from an allow-list: when, how bad, which request, its route and status, and where an exception arose. Never
a message's text, an address, a path's arguments, a query or a body: each of them can name a person."""

import contextvars
import dataclasses
import json
import logging
import secrets
import time
import traceback
from datetime import UTC, datetime

from django.http import HttpRequest

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@dataclasses.dataclass(frozen=True)
class _Current:
    """The request that is being answered, under a name of its own that says nothing of it."""

    name: str
    began: float
    request: HttpRequest

    def fields(self) -> dict:
        route = self.request.resolver_match
        return {
            "request": self.name,
            "method": self.request.method if self.request.method in METHODS else "other",
            "route": route.view_name if route else "",
            "ms": round(1000 * (time.monotonic() - self.began)),
        }


_current: contextvars.ContextVar[_Current | None] = contextvars.ContextVar("current", default=None)


class NameTheRequest:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = _current.set(_Current(secrets.token_hex(6), time.monotonic(), request))
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)


class AllowedFields(logging.Formatter):
    """One JSON line per record. An exception gives its class and place in the code, not its words."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if current := _current.get():
            line |= current.fields()
        if status := getattr(record, "status_code", None):
            line["status"] = status
        if head := getattr(record, "record_head", None):
            line["record_head"] = head
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["raised"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-3:]]
        return json.dumps(line)
