"""What the sweeper last found, in one small file in DATA_DIR that /readyz and the desk read. It is of no person."""

import datetime
from pathlib import Path

import pydantic
from django.conf import settings

from reentry_site import data_dir

FILE = "sweeper.json"
#: For so long the sweeper may be silent, mail may fail, and a request may wait in the spool before it is told.
SILENT = datetime.timedelta(minutes=10)


class Heartbeat(pydantic.BaseModel):
    """`cannot_open`: how many versions of open requests, and rows in the spool, no key opens."""

    at: datetime.datetime
    cannot_open: int = 0
    mail_failing_since: datetime.datetime | None = None


def read() -> Heartbeat | None:
    """None where the sweeper has left none that can be read."""
    try:
        return Heartbeat.model_validate_json(_path().read_bytes())
    except (OSError, ValueError):
        return None


def write(beat: Heartbeat) -> None:
    data_dir.write(_path(), beat.model_dump_json().encode())


def is_silent(beat: Heartbeat | None, now: datetime.datetime) -> bool:
    return beat is None or beat.at < now - SILENT


def _path() -> Path:
    return settings.DATA_DIR / FILE
