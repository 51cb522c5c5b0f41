"""Everything from a bare DATA_DIR to a running site: set up what is missing, say where it is, start gunicorn and the
sweeper, watch both.

Whatever ends this process ends what it started: Ctrl-C, TERM, a closed terminal, and (on Linux) kill -9.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from intake import vault
from reentry_site import collected_static, health
from reentry_site.accounts import invitations
from reentry_site.pages import publishing
from reentry_site.pages.management.commands import check_content
from reentry_site.record import started

#: Longer than gunicorn's own graceful_timeout, so that open requests are answered first (seconds).
PATIENCE = 12
#: How often it is looked whether both still run (seconds).
LOOK = 0.2
#: A sweeper that died is started anew after so long, each time later; as soon as at first once it has lived a while.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--setup-only", action="store_true", help="stop before the site starts")

    def handle(self, *, setup_only: bool, **options):
        _listen_for_the_end()
        if not setup_only:
            _refuse_taken_port()
        self._set_up_database()
        collected_static.refresh()
        self._check_content()
        if not setup_only:
            self._note_settings()
            self._say_where()
            connection.close()
            self._run()

    def _set_up_database(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except Error as error:
            reason = f"The database cannot be set up ({type(error).__name__})."
            raise CommandError(f"{reason} Does it run, and may this account write to it?") from error
        if not health.can_store():
            raise CommandError("The database takes no row: is its file read-only, or the disk full?")

    def _note_settings(self) -> None:
        try:
            started.note()
        except (vault.CannotSeal, Error) as error:
            reason = f"The record cannot be written ({type(error).__name__})."
            raise CommandError(f"{reason} Is keys/lookup.key there, and may this account read it?") from error

    def _check_content(self) -> None:
        """Faults are told, and readers still get the pages that are good. Without a home page there is no start."""
        check_content.tell(self.stdout, settings.CONTENT_DIR, publishing.faults())
        if not publishing.is_loaded():
            folder = settings.CONTENT_DIR
            raise CommandError(f"There is no home page to show. Mend the faults above in {folder}, then start again.")

    def _say_where(self) -> None:
        invitations.write_address()
        here = f"http://127.0.0.1:{settings.PORT}"
        base = invitations.base_address()
        self.stdout.write(f"The site:    {base if settings.PUBLIC else here}/")
        self.stdout.write(f"Staff:       {base}/admin/")
        if settings.PUBLIC:
            self.stdout.write(f"Listens on:  {here}")
        if not invitations.staff_exists():
            minutes = settings.INVITATION_SECONDS // 60
            self.stdout.write(f"Make the first staff account with this link, once and within {minutes} minutes:")
            self.stdout.write(f"  {invitations.new_link()}")
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()

    def _run(self) -> None:
        """Without the web server there is no site. The sweeper is missed by nobody who reads or asks: it comes back."""
        web, sweeper = None, Kept(sys.executable, str(settings.BASE_DIR / "manage.py"), "sweep")
        try:
            web = _start(sys.executable, "-m", "gunicorn", "--config", "python:reentry_site.gunicorn_conf")
            while (status := web.poll()) is None:
                sweeper.look(time.monotonic())
                time.sleep(LOOK)
        finally:
            _end([child for child in (web, sweeper.process) if child])
        raise CommandError(f"The web server ended by itself (status {status}), so the site is down.")


class Kept:
    """A child that is started anew when it ends by itself: after FIRST_WAIT, then each time later, until it has lived
    for longer than LONGEST_WAIT."""

    def __init__(self, *command: str):
        self.command = command
        self.process: subprocess.Popen | None = None
        self._wait = self._start_at = 0.0

    def look(self, now: float) -> None:
        """To be called again and again, with the time in seconds."""
        if self.process and self.process.poll() is not None:
            lived = now - self._start_at
            self._wait = FIRST_WAIT if lived > LONGEST_WAIT else min(max(self._wait * 2, FIRST_WAIT), LONGEST_WAIT)
            self._start_at, self.process = now + self._wait, None
        if self.process is None and now >= self._start_at:
            self._start_at, self.process = now, _start(*self.command)


def _listen_for_the_end() -> None:
    for name in ENDING:
        nohup = name == signal.SIGHUP and signal.getsignal(name) is signal.SIG_IGN
        if not nohup:
            signal.signal(name, _stop)


def _stop(signum, frame) -> None:
    sys.exit(0)


def _refuse_taken_port() -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", settings.PORT))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            f"Port {settings.PORT} cannot be used ({reason}). Set PORT to another one: PORT=8001 make serve"
        ) from error


def _start(*command: str) -> subprocess.Popen:
    """A child in a session of its own, so that Ctrl-C reaches it through us, who let it finish its work."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def die_with_parent() -> None:
        if sys.platform == "linux":
            libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(  # noqa: S603 (our own commands)
        command,
        env=os.environ | {"PYTHONPATH": str(settings.BASE_DIR)},
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _end(children: list[subprocess.Popen]) -> None:
    for name in ENDING:
        signal.signal(name, signal.SIG_IGN)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
