"""The site's settings with SQLite as Django sets it up by itself: no pragmas, transactions that begin as readers."""

from reentry_site.settings import *  # noqa: F403
from reentry_site.settings import DATABASES

DATABASES = {"default": DATABASES["default"] | {"OPTIONS": {}}}
