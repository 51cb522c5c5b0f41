"""How gunicorn serves the site; `manage.py serve` starts it with this file. Says nothing of who asks for what."""

import os
import socket
import struct
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")

from django.conf import settings  # noqa: E402

from reentry_site import data_dir  # noqa: E402

wsgi_app = "reentry_site.wsgi:application"
bind = f"127.0.0.1:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
preload_app = True
proc_name = "the-way-back"

umask = 0o077
# The heartbeat file in memory: a busy disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes its own file there, with a name that nobody can guess)
control_socket_disable = True

graceful_timeout = 10
keepalive = 5
#: A client that has stopped in the middle of sending or reading frees its thread after so long (seconds).
STALLED = 10
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Nobody's X-Forwarded-* is believed by gunicorn; Django's own settings say what a proxy may tell.
forwarded_allow_ips = ""

accesslog = None
loglevel = "warning"


def on_starting(server):
    """Its workers hold it too, and go on holding it where this process is killed: nobody restores under them."""
    data_dir.hold(settings.DATA_DIR)


def when_ready(server):
    """Each client's socket inherits how long it may wait; gunicorn's own would wait for ever in a request's middle."""
    for listener in server.LISTENERS:
        for which in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, which, struct.pack("ll", STALLED, 0))


def post_worker_init(worker):
    """Pages are built and watched before the first reader comes, in each worker: threads do not live through a fork."""
    from reentry_site.pages import publishing

    if publishing.is_loaded():
        publishing.current()
