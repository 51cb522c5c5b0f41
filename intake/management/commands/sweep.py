"""`manage.py sweep`: what is done beside the web, round after round. `manage.py serve` starts it and watches it.

It ends on TERM or Ctrl-C after the part it is in, and when the process that started it has gone.
"""

import os
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from intake.sweeping import EVERY, Sweeper


class Command(BaseCommand):
    help = "Brings in what waits in the spool, tells staff by mail, deletes what is past keeping."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="one round; ends with 1 if a part of it failed")

    def handle(self, *, once: bool, **options) -> None:
        parent, ends, sweeper = os.getppid(), threading.Event(), Sweeper()
        if once:
            if not sweeper.round():
                raise SystemExit(1)
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ends.set())
        while not ends.is_set() and os.getppid() == parent:
            sweeper.round()
            close_old_connections()  # a database that went away and came back is another connection
            ends.wait(EVERY)
