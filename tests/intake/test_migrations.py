"""What was stored by an older version of this program is still there after an upgrade."""

import uuid

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from intake import vault
from intake.answers import Answers
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


@pytest.mark.django_db(transaction=True)
def test_a_number_with_an_extension_from_before_is_found_by_the_number_alone():
    executor = MigrationExecutor(connection)
    executor.migrate([("intake", "0005_calling_desk")])
    old = executor.loader.project_state([("intake", "0005_calling_desk")]).apps.get_model("intake", "Answers")
    request = old._meta.get_field("request").related_model.objects.create(reference="ABCD-2345", asked_at=TUESDAY_10)
    kept = [uuid.uuid4() for _ in range(3)]
    for pk, phone in zip(kept, ("+12165550143;ext=7", "+12165550144", "+12165550145"), strict=True):
        sealed = vault.seal({"phone": phone}, pk) if pk != kept[2] else b"damaged"
        old.objects.create(pk=pk, request=request, sent_at=TUESDAY_10, sealed=sealed)

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    hashes = dict(Answers.objects.values_list("pk", "main_hash"))
    assert hashes == {kept[0]: vault.keyed_hash("+12165550143"), kept[1]: "", kept[2]: ""}
