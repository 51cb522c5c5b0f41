"""Makes the database itself refuse to change or delete an entry of the record, whoever asks it to.

Only what is older than six years by the database's own clock may go. Who owns the database can drop the triggers; that
they are gone is told by `verify_audit` and /readyz, and what was done meanwhile by the chain.
"""

from django.db import transaction

from reentry_site.record.models import Entry

TABLE = Entry._meta.db_table
REFUSED = "the record is never changed"
FUNCTION = "record_refuse"

#: Name → what makes it. `recursive_triggers` (settings) lets the second one refuse INSERT OR REPLACE too.
SQLITE = {
    "record_no_update": f"CREATE TRIGGER record_no_update BEFORE UPDATE ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    "record_no_delete": f"CREATE TRIGGER record_no_delete BEFORE DELETE ON {TABLE} "
    f"WHEN OLD.at >= datetime('now', '-6 years') BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
}
POSTGRESQL = {
    "record_no_change": f"CREATE TRIGGER record_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
    f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()",
    "record_no_truncate": f"CREATE TRIGGER record_no_truncate BEFORE TRUNCATE ON {TABLE} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
}
BODY = f"""
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '6 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '{REFUSED}';
END
"""


def ensure(connection) -> None:
    """Make those that are missing. Where there is no record yet, nothing."""
    if TABLE not in connection.introspection.table_names():
        return
    wanted, gone = _wanted(connection), missing(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if gone and connection.vendor == "postgresql":
            cursor.execute(f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${BODY}$$")
        for name in gone:
            cursor.execute(_drop(connection, name))
            cursor.execute(wanted[name])


def missing(connection) -> list[str]:
    """The names of those that are not there, switched off, or not as we made them."""
    wanted = _wanted(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE t.tgrelid = to_regclass(%s) AND t.tgenabled IN ('O', 'A') AND p.prosrc = %s",
                [TABLE, BODY],
            )
            there = {name for (name,) in cursor.fetchall()}
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            there = {name for name, sql in cursor.fetchall() if sql == wanted.get(name)}
    return [name for name in wanted if name not in there]


def drop(connection) -> None:
    """For tests, which empty all tables."""
    with connection.cursor() as cursor:
        for name in _wanted(connection):
            cursor.execute(_drop(connection, name))


def _wanted(connection) -> dict[str, str]:
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def _drop(connection, name: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {TABLE}" if connection.vendor == "postgresql" else "")
