#!/usr/bin/env python
"""Django's command line. Files it makes are for this account only."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from reentry_site import data_dir


def main() -> None:
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")
    folder = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent / "var")
    restoring = sys.argv[1:2] == ["restore"]  # which wants the folder for itself
    try:
        data_dir.prepare(folder.resolve(), restoring=restoring)
        if not restoring:
            data_dir.hold(folder.resolve())
        execute_from_command_line(sys.argv)
    except (data_dir.Unusable, ImproperlyConfigured) as reason:
        # One sentence for the person who started it: a trace would only hide it.
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
