"""Collects the static files into DATA_DIR, but only when they changed: hashing and compressing takes seconds."""

import hashlib
import os
from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def refresh() -> None:
    """Make STATIC_ROOT match its sources. The mark is written last, so that an interrupted run is repeated."""
    mark = settings.DATA_DIR / "static.mark"
    wanted = _fingerprint()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists() and mark.exists() and mark.read_text() == wanted:
        return
    mark.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    mark.write_text(wanted)


def _fingerprint() -> str:
    """Changes when a source file or what processes it changes."""
    lines = [f"django {version('django')} whitenoise {version('whitenoise')} brotli {version('brotli')}"]
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            lines.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
