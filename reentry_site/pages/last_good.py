"""The last good version of every file, kept in DATA_DIR: a page that is broken at the start is still there."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from reentry_site import data_dir
from reentry_site.facts import FILE
from reentry_site.pages import anchors, checks, edition, pictures
from reentry_site.pages.edition import Edition
from reentry_site.pages.pictures import Picture

MEMORY = "addresses.json"


def read(folder: Path) -> Edition | None:
    """The edition that was kept, or None. Its pages were judged when they were published, and are not judged again."""
    facts, _ = checks.read_facts(folder)
    if facts is None:
        return None
    pages = (edition.read_file(folder, file, facts)[0] for file in edition.files(folder))
    by_address = MappingProxyType({page.path: page for page in pages if page})
    memory = _memory(folder)
    moved, gone, lost = memory["moved"], memory["gone"], memory["lost"]
    kept = pictures.good(folder, {})
    return Edition(by_address, facts, _text(folder / FILE), kept, moved=moved, gone=gone, lost=lost)


def _memory(folder: Path) -> dict[str, dict[str, str]]:
    """What no file says: which addresses have moved, which are gone, and which of headings."""
    nothing = {"moved": {}, "gone": {}, "lost": {}}
    try:
        return nothing | json.loads((folder / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return nothing


def newest(folder: Path, current: Edition) -> Edition:
    """What this process has published, with what another one published since: of two quick saves each may see one."""
    by_file = {page.file: page for page in current.pages.values()}
    pages = dict(current.pages)
    for file in edition.files(folder):
        page, _ = edition.read_file(folder, file, current.facts, by_file.get(file))
        if page:
            pages[page.path] = page
    memory = _memory(folder)
    # What went with a page that the other process published first went for this one too.
    lost = memory["lost"] | anchors.vanished(current.lost, current.pages, pages, {})
    moved = memory["moved"] | current.moved
    seen = {**current.pictures, **pictures.good(folder, current.pictures)}
    return dataclasses.replace(current, pages=pages, pictures=seen, moved=moved, lost=lost)


def wanted(published: Edition) -> dict[str, bytes]:
    """File → its content, for all that is to lie in the folder; pictures first: a page that is kept has its own."""
    memory = {"moved": dict(published.moved), "gone": dict(published.gone), "lost": dict(published.lost)}
    texts = {page.file: page.text for page in published.pages.values()}
    texts |= {FILE: published.facts_text, MEMORY: json.dumps(memory, indent=1, sort_keys=True)}
    return _contents(published.pictures, texts)


def lying(folder: Path, seen: Mapping[str, Picture]) -> dict[str, bytes]:
    """File → its content, for all that does lie there. `seen`: pictures that need not be judged again."""
    texts = {file: _text(folder / file) for file in [*edition.files(folder), FILE, MEMORY]}
    return _contents(pictures.good(folder, seen), texts)


def _contents(shown: Mapping[str, Picture], texts: Mapping[str, str | None]) -> dict[str, bytes]:
    found = {f"{pictures.FOLDER}/{name}": picture.data for name, picture in shown.items()}
    return found | {file: text.encode() for file, text in texts.items() if text is not None}


def keep(folder: Path, published: Edition) -> None:
    """Make the folder hold just what is published. Several processes may do so at once: a file changes in one step.

    What stands only because its file has a fault is left as it lies: another process may have seen a newer version.
    """
    files, lie_there = wanted(published), lying(folder, published.pictures)
    for file, content in files.items():
        if lie_there.get(file) != content and (file not in lie_there or file not in published.older):
            data_dir.write(folder / file, content)
    for file in lie_there.keys() - files.keys():
        (folder / file).unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
