"""What machines ask of the site."""

import pytest
from django.db import connection

from reentry_site.accounts.models import UsedInvitation
from reentry_site.pages import publishing


def test_healthz_touches_no_database(client):
    """Without the database mark, any query fails the test."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok\n", "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_readyz_writes_a_row_and_takes_it_back(client, django_assert_num_queries):
    with django_assert_num_queries(4) as queries:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert any("INSERT INTO" in query["sql"] for query in queries.captured_queries)
    assert not UsedInvitation.objects.exists()


@pytest.mark.django_db
def test_readyz_names_the_database_that_takes_no_row(client):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_usedinvitation")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: database\n")


@pytest.mark.django_db
def test_readyz_names_content_that_is_not_loaded(client, monkeypatch):
    monkeypatch.setattr(publishing, "is_loaded", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: content\n")


def test_a_database_file_that_has_gone_is_told_and_not_made_anew(site):
    (site.data_dir / "db.sqlite3").rename(site.data_dir / "moved")
    assert site.get("/readyz") == (503, b"not ready: database\n")
    assert not (site.data_dir / "db.sqlite3").exists()
