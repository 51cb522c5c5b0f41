"""The database itself refuses to change the record, and it is told when it would not."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from reentry_site.record import triggers
from reentry_site.record.models import Entry
from tests.record.conftest import OLD, YOUNG, ids

ON_SQLITE, ON_POSTGRESQL = (connection.vendor == each for each in ("sqlite", "postgresql"))
COLUMNS = "id, at, who, what, request, about_user, reason, mac"
LIKE_THE_FIRST = "SELECT id, at, who, 'x', request, about_user, reason, mac FROM record_entry WHERE id = 1"
REFUSED = [
    "UPDATE record_entry SET what = 'x' WHERE id = 1",
    "UPDATE record_entry SET what = what",
    "DELETE FROM record_entry WHERE id = 5",
    "DELETE FROM record_entry",
    f"INSERT INTO record_entry ({COLUMNS}) {LIKE_THE_FIRST} ON CONFLICT (id) DO UPDATE SET what = 'x'",
    *([f"INSERT OR REPLACE INTO record_entry ({COLUMNS}) {LIKE_THE_FIRST}"] if ON_SQLITE else []),
    *([f"REPLACE INTO record_entry ({COLUMNS}) {LIKE_THE_FIRST}"] if ON_SQLITE else []),
    *(["TRUNCATE record_entry", "TRUNCATE record_entry CASCADE"] if ON_POSTGRESQL else []),
]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", REFUSED)
def test_no_entry_is_changed_or_deleted(five, statement):
    statement = statement.replace("WHERE id = 1 ON", "WHERE id = 1 AND true ON")  # SQLite reads it so
    with pytest.raises(DatabaseError, match=triggers.REFUSED), transaction.atomic():
        execute(statement)
    assert list(Entry.objects.order_by("pk")) == five
    assert set(Entry.objects.values_list("what", flat=True)) == {"Opened the call card"}


@pytest.mark.django_db
def test_only_what_is_older_than_six_years_may_go(written):
    old, young = written(OLD), written(YOUNG)
    with pytest.raises(DatabaseError, match=triggers.REFUSED), transaction.atomic():
        young.delete()
    old.delete()
    assert ids() == [2]


@pytest.mark.django_db
def test_they_are_there():
    assert triggers.missing(connection) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", triggers.POSTGRESQL if ON_POSTGRESQL else triggers.SQLITE)
def test_one_that_has_gone_is_told_and_made_again(name, client, capsys):
    execute(f"DROP TRIGGER {name}" + (" ON record_entry" if ON_POSTGRESQL else ""))
    assert triggers.missing(connection) == [name]
    assert b"record not guarded: run migrate" in client.get("/readyz").content
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert f"The trigger {name} is missing: run migrate." in capsys.readouterr().out

    triggers.ensure(connection)
    assert triggers.missing(connection) == []
    assert b"record" not in client.get("/readyz").content


@pytest.mark.django_db
@pytest.mark.skipif(not ON_SQLITE, reason="as SQLite writes it")
def test_one_of_the_same_name_that_refuses_nothing_is_told():
    execute("DROP TRIGGER record_no_update")
    execute("CREATE TRIGGER record_no_update BEFORE UPDATE ON record_entry BEGIN SELECT 1; END")
    assert triggers.missing(connection) == ["record_no_update"]


@pytest.mark.django_db
@pytest.mark.skipif(not ON_POSTGRESQL, reason="as PostgreSQL writes it")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE record_entry DISABLE TRIGGER record_no_change",
        "ALTER TABLE record_entry ENABLE REPLICA TRIGGER record_no_change",
        "CREATE OR REPLACE FUNCTION record_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ],
)
def test_one_that_was_switched_off_is_told(statement):
    execute(statement)
    assert "record_no_change" in triggers.missing(connection)
    triggers.ensure(connection)
    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not ON_SQLITE, reason="SQLite alone makes a table anew to change it")
def test_a_table_that_was_made_anew_is_guarded_after_the_next_migrate():
    with connection.schema_editor() as editor:
        editor._remake_table(Entry)
    assert triggers.missing(connection) == list(triggers.SQLITE)
    call_command("migrate", verbosity=0)
    assert triggers.missing(connection) == []
