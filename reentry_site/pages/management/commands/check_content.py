"""`manage.py check_content [PATH] [--format text|json]`: every fault of every content file, in an editor's words."""

import dataclasses
import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reentry_site.pages import edition


class Command(BaseCommand):
    help = "Lists every fault of the content, with file, line and the fix. Ends with 1 if a page cannot be published."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=None, metavar="PATH")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args, **options) -> None:
        try:
            _, faults = edition.build(options["path"] or settings.CONTENT_DIR)
        except edition.NoFacts as problem:
            faults = problem.faults
        if options["format"] == "json":
            self.stdout.write(json.dumps([dataclasses.asdict(fault) for fault in faults], indent=2))
        else:
            for fault in faults:
                self.stdout.write(str(fault))
        errors = sum(fault.severity == "error" for fault in faults)
        if errors:
            raise SystemExit(1)
        if options["format"] == "text":
            self.stdout.write("The content has no fault." if not faults else "Every page can be published.")
