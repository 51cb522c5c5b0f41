"""What a database leaves of deleted rows in its own files, and how that goes too.

SQLite overwrites what is deleted (secure_delete), but not the copies that stay behind where rows moved to other pages;
PostgreSQL leaves deleted rows where they were. Both leave nothing in files that are written anew.
"""

import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from reentry_site import data_dir

#: There while something that was deleted may have left traces.
FILE = "to-wipe"


def expect() -> None:
    """Say it before anything is deleted: a process that dies in between has said it too."""
    data_dir.write(_path(), b"")


def wipe(now: datetime.datetime) -> None:
    """Write the files of the database anew, where something was deleted since. Everybody else waits meanwhile.

    Put off while it would be in vain. Raises django.db.Error where the database could not be had for this alone; then
    too the next time does it.
    """
    expected_at = _expected_at()
    if expected_at is None:
        return
    with connection.cursor() as cursor:
        if _is_still_seen(cursor):
            return
        for statement in _statements():
            cursor.execute(statement)
    if _expected_at() == expected_at:  # else more was deleted meanwhile
        _path().unlink(missing_ok=True)


def _expected_at() -> int | None:
    """Nanoseconds, as the file has it; None where nothing is to be wiped."""
    try:
        return _path().stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _is_still_seen(cursor) -> bool:
    """On PostgreSQL a transaction under way, in any database of the server, keeps what was deleted after it began."""
    if connection.vendor == "sqlite":
        return False
    cursor.execute("SELECT pg_snapshot_xmin(now) < pg_snapshot_xmax(now) FROM pg_current_snapshot() AS now")
    return cursor.fetchone()[0]


def _statements() -> list[str]:
    """SQLite has one file. On PostgreSQL our own tables are enough, and the samples that its planner took of them.

    Those are the database owner's to clean; another account is told no, and goes on.
    """
    if connection.vendor == "sqlite":
        return ["VACUUM"]
    tables = (connection.ops.quote_name(model._meta.db_table) for model in apps.get_app_config("intake").get_models())
    return [f"VACUUM (FULL, ANALYZE) {', '.join(tables)}", "VACUUM FULL pg_statistic"]


def _path() -> Path:
    return settings.DATA_DIR / FILE
