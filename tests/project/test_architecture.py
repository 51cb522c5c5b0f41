"""Who may know whom: the directions of import, read from the source."""

import ast
from pathlib import Path

from django.conf import settings

ROOMS = ("intake", "reentry_site")
#: Module (or the package it is in) → the project's modules that it must not import.
MAY_NOT = {
    "reentry_site.pages": ("intake", "reentry_site.accounts", "reentry_site.record"),
    # Accounts borrow the vault, and know nothing of requests.
    "reentry_site.accounts": ("intake.models", "intake.admin", "intake.views", "intake.forms", "reentry_site.pages"),
    "reentry_site.facts": ("intake", "reentry_site.pages"),
    "intake": ("reentry_site.pages",),
    "intake.words": ("intake", "reentry_site"),
    "intake.vault": ("intake", "reentry_site"),
    "intake.submission": ("intake.models", "intake.answers", "intake.queue", "intake.forms", "django.db"),
    "intake.codes": ("intake.models", "intake.answers", "intake.queue", "intake.forms", "django.db"),
    "intake.spool": ("intake", "django.db"),
    "intake.answers": ("intake.models", "intake.accepting", "intake.forms", "intake.views", "intake.admin"),
    "intake.accepting": (
        "intake.forms",
        "intake.suspicion",
        "intake.changing",
        "intake.public",
        "intake.views",
        "intake.admin",
    ),
    "intake.standing": (
        "intake.accepting",
        "intake.changing",
        "intake.forms",
        "intake.views",
        "intake.yours",
        "intake.admin",
    ),
    "intake.changing": ("intake.forms", "intake.public", "intake.views", "intake.yours", "intake.admin"),
    "intake.suspicion": ("intake.models", "intake.accepting", "intake.forms", "intake.views", "django.db"),
    "intake.public": (
        "intake.models",
        "intake.accepting",
        "intake.forms",
        "intake.views",
        "intake.yours",
        "intake.admin",
    ),
    "intake.cadence": ("intake.models", "intake.queue", "intake.forms", "intake.views", "intake.admin", "intake.vault"),
    "intake.calls": ("intake.models", "intake.forms", "intake.views", "intake.admin", "intake.record"),
    "intake.claims": ("intake.models", "intake.forms", "intake.views", "intake.admin", "intake.record"),
    "intake.undo": ("intake.models", "intake.forms", "intake.views", "intake.admin", "intake.record"),
    "intake.stopped": ("intake.models", "intake.queue", "intake.forms", "intake.views", "intake.admin"),
    "intake.attempts": ("intake.models", "intake.queue", "intake.forms", "intake.views", "intake.admin"),
    "intake.figures": ("intake.models", "intake.queue", "intake.forms", "intake.views", "intake.admin"),
    "intake.queue": ("intake.models", "intake.forms", "intake.views", "intake.admin"),
    "intake.notices": ("intake.models", "intake.forms", "intake.views", "intake.admin", "django.core.mail"),
    "intake.models": (
        "intake.forms",
        "intake.views",
        "intake.admin",
        "intake.record",
        "intake.notifications",
        "django.core.mail",
    ),
    "intake.notifications": ("intake.views", "intake.admin", "intake.vault", "intake.answers"),
    "intake.forms": ("intake.models", "intake.views", "intake.admin"),
    "intake.views": ("intake.admin", "intake.urls"),
    "intake.admin": ("intake.views", "intake.urls"),
}
NO_DATABASE = ("django.db", "django.contrib.auth", "django.contrib.sessions")


def imports() -> dict[str, set[str]]:
    """Module → every module it imports by name, anywhere in it."""
    found = {}
    for file in (path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py")):
        name = ".".join(file.relative_to(settings.BASE_DIR).with_suffix("").parts).removesuffix(".__init__")
        found[name] = set(_imported(file))
    return found


def _imported(file: Path):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports here name their module in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_imports_point_one_way():
    wrong = {
        (module, imported)
        for module, all_imported in imports().items()
        for room, forbidden in MAY_NOT.items()
        for imported in all_imported
        if within(module, room)
        and any(within(imported, each) for each in forbidden)
        # The desk and its parts know each other.
        and not (within(module, "intake.admin") and within(imported, "intake.admin"))
    }
    assert wrong == set()


def test_the_record_knows_nothing_but_the_vault():
    """Which makes its keyed hashes, and itself imports nothing of ours."""
    known = {
        imported
        for module, all_imported in imports().items()
        for imported in all_imported
        if within(module, "reentry_site.record")
        and any(within(imported, room) for room in ROOMS)
        and not within(imported, "reentry_site.record")
    }
    assert known - {"intake"} == {"intake.vault"}


def test_the_pages_never_touch_the_database():
    wrong = {
        (module, imported)
        for module, all_imported in imports().items()
        for imported in all_imported
        if within(module, "reentry_site.pages") and any(within(imported, each) for each in NO_DATABASE)
    }
    assert wrong == set()


def test_the_environment_is_read_in_the_settings_alone():
    """And before them: where DATA_DIR is, and which settings to read."""
    before = {"reentry_site/data_dir.py", "reentry_site/wsgi.py", "reentry_site/gunicorn_conf.py"}
    # Hand their own environment to what they start.
    children = {"reentry_site/management/commands/serve.py", "intake/copies.py"}
    reading = {
        str(path.relative_to(settings.BASE_DIR))
        for room in ROOMS
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if "environ" in path.read_text() or "getenv" in path.read_text()
    }
    assert reading - before - children == {"reentry_site/settings.py"}


def test_the_crisis_numbers_stand_in_one_template():
    holding = {
        str(path.relative_to(settings.BASE_DIR))
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if "988" in path.read_text() or "911" in path.read_text()
    }
    assert holding == {"templates/crisis.html"}
