"""The project's own settings on a throw-away DATA_DIR, whatever the shell of the one who runs the tests says."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from reentry_site import data_dir

os.umask(0o077)
for name in ("CONTENT_DIR", "SPOOL_DIR", "PORT", "PUBLIC_HOSTS", "BEHIND_TLS", "EMAIL_URL"):
    os.environ.pop(name, None)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="the-way-back-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
data_dir.prepare(Path(os.environ["DATA_DIR"]))

from reentry_site.settings import *  # noqa: E402, F403

# Hashed names as in earnest, but not compressed, which takes seconds. The live site of the browser tests does all.
STORAGES = STORAGES | {  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}

# Signing up and in is not what most tests are about, and a real hash takes a third of a second on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
