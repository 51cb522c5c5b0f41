"""What Wagtail's project template asks for in settings/local.py; with SITE_CACHE, Django's cache of whole pages."""

import os

from .base import MIDDLEWARE

SECRET_KEY = "made up"  # noqa: S105 (nothing here is secret)
ALLOWED_HOSTS = ["127.0.0.1"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if "SITE_CACHE" in os.environ:
    MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
