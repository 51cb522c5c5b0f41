"""What was stored by an older version of this program is still there after an upgrade."""

import uuid

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from intake import vault
from intake.models import CallbackRequest
from tests.intake.conftest import TUESDAY_10


@pytest.mark.django_db(transaction=True)
def test_a_request_from_before_there_were_versions_opens():
    executor = MigrationExecutor(connection)
    executor.migrate([("intake", "0001_initial")])
    old = executor.loader.project_state([("intake", "0001_initial")]).apps.get_model("intake", "CallbackRequest")
    pk = uuid.uuid4()
    sealed = vault.seal({"phone": "+12165550143", "name": "Sam", "note": "words"}, pk)
    kept = {"reference": "ABCD-2345", "asked_at": TUESDAY_10, "phone_hash": vault.keyed_hash("+12165550143")}
    old.objects.create(pk=pk, sealed=sealed, fingerprint="x", voicemail_ok=True, **kept)

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    request = CallbackRequest.objects.get(pk=pk)
    assert (request.submission.name, request.submission.note, request.voicemail_ok) == ("Sam", "words", True)
    assert (request.versions.count(), request.reference) == (1, "ABCD-2345")
