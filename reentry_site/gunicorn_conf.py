"""How gunicorn serves the site; `manage.py serve` starts it with this file. Says nothing of who asks for what."""

import os
import resource
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reentry_site.settings")

from django.conf import settings  # noqa: E402
from gunicorn.asgi.protocol import ASGIProtocol  # noqa: E402
from gunicorn.workers import gasgi  # noqa: E402

from reentry_site import data_dir  # noqa: E402

wsgi_app = "reentry_site.front_door:application"
bind = f"127.0.0.1:{settings.PORT}"
worker_class = "asgi"
asgi_lifespan = "on"
workers = settings.WEB_WORKERS
preload_app = True
proc_name = "the-way-back"

umask = 0o077
# The heartbeat file in memory: a busy disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes its own file there, with a name that nobody can guess)
control_socket_disable = True

graceful_timeout = 10
#: A connection may be idle for so long, and so long may the head of a request take (seconds).
keepalive = 10
#: So many connections at a time, where the system lets one process have as many.
MOST_CONNECTIONS = 65_536
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
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, MOST_CONNECTIONS), most))


class Impatient(ASGIProtocol):
    """gunicorn's own waits for the head of a connection's first request for ever."""

    def connection_made(self, transport):
        super().connection_made(transport)
        self._arm_keepalive_timer()


gasgi.ASGIProtocol = Impatient
