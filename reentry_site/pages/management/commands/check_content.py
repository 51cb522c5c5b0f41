"""`manage.py check_content [PATH] [--format text|json]`: every fault of every content file, in an editor's words."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser, OutputWrapper

from reentry_site.pages import edition
from reentry_site.pages.faults import Fault


class Command(BaseCommand):
    help = "Lists every fault of the content, with file, line and the fix. Ends with 1 if a page cannot be published."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=None, metavar="PATH", help="the content folder")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args, **options) -> None:
        folder = options["path"] or settings.CONTENT_DIR
        try:
            _, faults = edition.build(folder)
        except edition.NoFacts as problem:
            faults = problem.faults
        if options["format"] == "json":
            self.stdout.write(json.dumps([dataclasses.asdict(fault) for fault in faults], indent=2, ensure_ascii=False))
        else:
            tell(self.stdout, folder, faults)
        if any(fault.severity == "error" for fault in faults):
            raise SystemExit(1)


def tell(out: OutputWrapper, folder: Path, faults: Sequence[Fault]) -> None:
    """Each fault with the line as it was typed and what to type instead, then what that means."""
    for fault in faults:
        out.write(f"{fault.file}, line {fault.line}: {fault.severity}: {fault.message}")
        if typed := _line(folder / fault.file, fault.line):
            out.write(f"    you have  {typed}")
        if fault.fix:
            out.write(f"    try       {fault.fix}")
    kept_back = len({fault.file for fault in faults if fault.severity == "error"})
    if not faults:
        out.write("The content has no fault.")
    elif kept_back:
        out.write(
            "1 file cannot be published as it is." if kept_back == 1 else f"{kept_back} files cannot be published."
        )
    else:
        out.write("Every page can be published.")


def _line(file: Path, number: int) -> str:
    try:
        return file.read_text(encoding="utf-8").splitlines()[number - 1].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
