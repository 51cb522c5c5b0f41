"""Coltrane as its own template starts it; with SITE_CACHE, Django's cache of whole pages around it."""

import os
from pathlib import Path

import coltrane

BETWEEN = coltrane.DEFAULT_MIDDLEWARE
CACHED = ["django.middleware.cache.UpdateCacheMiddleware", *BETWEEN, "django.middleware.cache.FetchFromCacheMiddleware"]
MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

application = coltrane.initialize(
    BASE_DIR=Path(os.environ["PEER_FOLDER"]),
    DEBUG=False,
    SECRET_KEY="made up",  # noqa: S106 (nothing here is secret)
    ALLOWED_HOSTS=["127.0.0.1"],
    **({"MIDDLEWARE": CACHED, "CACHES": MEMORY} if "SITE_CACHE" in os.environ else {}),
)
