"""What was published last, whole, in DATA_DIR: a restart with nothing changed parses and draws nothing.

It holds nothing that a cold build could not make anew. Whatever is odd about it, and whatever changed, means just that.
"""

import gzip
import hashlib
import sys
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from pydantic import TypeAdapter

from reentry_site import data_dir
from reentry_site.pages import edition, last_good
from reentry_site.pages.drawing import Published

FILE = "published.json.gz"
#: File → what its file system says of it.
Stamps = dict[str, tuple[int, ...]]


def _drawn_with() -> str:
    """Changes with each release: our code and templates, and the packages installed beside Django."""
    seen = hashlib.sha256(sys.version.encode())
    for folder in ("reentry_site", "intake", "templates"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*.*")):
            if path.suffix in {".py", ".html"}:
                seen.update(f"{path.relative_to(settings.BASE_DIR)} ".encode() + path.read_bytes())
    seen.update(repr(sorted(each.name for each in Path(django.__file__).parents[1].glob("*.dist-info"))).encode())
    return seen.hexdigest()


#: Of the release that runs. Looked at once, at the start: the files may already be those of the next one.
DRAWN_WITH = _drawn_with()


def read(folder: Path, stamps: Stamps) -> Published | None:
    """What was kept in `folder`, if a content folder with these stamps would be published like this now; else None."""
    try:
        header, _, packed = (folder / FILE).read_bytes().partition(b"\n")
        if header.split()[0].decode() != _key(stamps, last_good.lying(folder, {})):
            return None
        published = _adapter().validate_json(gzip.decompress(packed))
    except (OSError, EOFError, zlib.error, ValueError, LookupError):  # none, or not as it was written
        with suppress(OSError):
            (folder / FILE).unlink()  # or `keep` would leave it there for its header
        return None
    return None if published.edition.is_due(edition.right_now()) else published


def keep(folder: Path, stamps: Stamps, published: Published) -> None:
    """Write down what was published from a content folder with these stamps. Several processes may do so at once."""
    key = _key(stamps, last_good.wanted(published.edition))
    header = f"{key} {published.edition.next_change}\n".encode()
    try:
        with (folder / FILE).open("rb") as lies_there:
            if lies_there.readline() == header:
                return
    except FileNotFoundError:
        pass
    # Little compression is enough; its check sum tells a file that was cut off.
    data_dir.write(folder / FILE, header + gzip.compress(_adapter().dump_json(published), 1, mtime=0))


def _key(stamps: Stamps, kept: dict[str, bytes]) -> str:
    """All that a cold build would be made of: the content, the last good pages, our release, the static files' names.

    The last good pages and pictures by what is in them: another process may have seen a newer version of one that is
    broken now.
    """
    static = sorted(getattr(staticfiles_storage, "hashed_files", {}).items())
    made_of = (sorted(stamps.items()), sorted(kept.items()), DRAWN_WITH, static, settings.DEBUG, settings.PUBLIC_HOSTS)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


@cache
def _adapter() -> TypeAdapter[Published]:
    return TypeAdapter(Published)
