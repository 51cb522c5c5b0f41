"""The last good version of every file, kept in DATA_DIR: a page that is broken at the start is still there."""

import json
import os
from pathlib import Path
from types import MappingProxyType

from reentry_site.facts import FILE
from reentry_site.pages import checks, edition
from reentry_site.pages.edition import Edition

MEMORY = "addresses.json"


def read(folder: Path) -> Edition | None:
    """The edition that was kept, or None. Its pages were judged when they were published, and are not judged again."""
    facts, _ = checks.read_facts(folder)
    if facts is None:
        return None
    pages = (edition.read_file(folder, file, facts)[0] for file in edition.files(folder))
    by_address = MappingProxyType({page.path: page for page in pages if page})
    memory = _memory(folder)
    return Edition(by_address, facts, _text(folder / FILE), moved=memory["moved"], gone=memory["gone"])


def _memory(folder: Path) -> dict[str, dict[str, str]]:
    """What no file says: which addresses have moved, and which are gone."""
    try:
        return json.loads((folder / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"moved": {}, "gone": {}}


def keep(folder: Path, published: Edition) -> None:
    """Make the folder hold just what is published. Several processes may do so at once: a file changes in one step."""
    wanted = {page.file: page.text for page in published.pages.values()} | {FILE: published.facts_text}
    wanted[MEMORY] = json.dumps(
        {"moved": dict(published.moved), "gone": dict(published.gone)}, indent=1, sort_keys=True
    )
    for file, text in wanted.items():
        if _text(folder / file) != text:
            _write(folder / file, text)
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
