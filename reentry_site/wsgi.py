"""Django's way in, for gunicorn and any other WSGI host. Files it makes are for this account only."""

import os

from django.core.wsgi import get_wsgi_application

os.umask(0o077)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")
application = get_wsgi_application()
