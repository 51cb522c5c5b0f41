"""For every test: the static files' names, the groups of staff, and a site that can be started in earnest."""

import importlib
import shutil
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase
from hypothesis import settings

from reentry_site.record import triggers
from tests.site import Site, run

# The suite tries the same inputs each time; `make faults` tries thousands of new ones.
settings.register_profile("suite", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("faults", max_examples=5000, deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def static_files():
    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(scope="session", autouse=True)
def groups_of_staff():
    """A test with transactions of its own empties the tables; the groups come back as their migrations made them."""
    groups, privacy = (
        importlib.import_module(f"reentry_site.accounts.migrations.{name}")
        for name in ("0002_groups", "0003_privacy_keeps")
    )

    def restore(**of_signal):
        groups.make_groups(apps, None)
        privacy.let_privacy_keep(apps, None)

    post_migrate.connect(restore, sender=apps.get_app_config("accounts"))
    yield
    post_migrate.disconnect(restore, sender=apps.get_app_config("accounts"))


@pytest.fixture(scope="session", autouse=True)
def record_can_be_emptied():
    """A test with transactions of its own empties the tables, which the record refuses. Django's sign that the database
    was set up brings its triggers back."""
    flush = TransactionTestCase._fixture_teardown

    def drop_and_flush(case):
        triggers.drop(connection)
        flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", drop_and_flush)
        yield


@pytest.fixture(scope="session")
def set_up(tmp_path_factory) -> Path:
    """A DATA_DIR after the first start; copy it, do not use it."""
    folder = tmp_path_factory.mktemp("first-start") / "data"
    done = run("serve", "--setup-only", DATA_DIR=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def site(set_up, tmp_path):
    """The real thing, for one test: `manage.py serve` on a free port with a DATA_DIR of its own."""
    site = Site(shutil.copytree(set_up, tmp_path / "data"))
    yield site
    site.end()
