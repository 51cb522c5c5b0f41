"""The site's settings with its middleware, less the one that answers with what is finished."""

from reentry_site.settings import *  # noqa: F403
from reentry_site.settings import MIDDLEWARE

MIDDLEWARE = [each for each in MIDDLEWARE if not each.endswith("FinishedPages")]
ROOT_URLCONF = "bench.served.cached_urls"
