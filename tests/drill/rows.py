"""Writes one line for each row of a database: its table, and a SHA-256 of all its columns.

A process of its own: `python -m tests.drill.rows FILE`
"""

import hashlib
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")
django.setup()

from django.db import connection  # noqa: E402

#: A backup leaves these out, and of requests a restore changes these columns.
LEFT_OUT = {"django_session", "usersessions_usersession", "shared_cache"}
CHANGED = {"restored", "undo", "claimed_by_id", "claimed_at", "claimed_until", "dial_until"}


def write(file: Path) -> None:
    with file.open("w") as lines, connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - LEFT_OUT):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 (our own names)
            left_out = CHANGED if table == "intake_callbackrequest" else set()
            kept = [place for place, column in enumerate(cursor.description) if column[0] not in left_out]
            for row in cursor:
                content = repr([bytes(row[i]) if isinstance(row[i], memoryview) else row[i] for i in kept])
                lines.write(f"{table} {hashlib.sha256(content.encode()).hexdigest()}\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
