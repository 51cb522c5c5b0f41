"""Log lines from an allow-list: when, how bad, whose, status, and where an exception arose. Never a message's text,
an address, a query or a body: each of them can name a person."""

import json
import logging
import traceback
from datetime import UTC, datetime


class AllowedFields(logging.Formatter):
    """One JSON line per record. An exception gives its class and place in the code, not its words."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if status := getattr(record, "status_code", None):
            line["status"] = status
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["raised"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-3:]]
        return json.dumps(line)
