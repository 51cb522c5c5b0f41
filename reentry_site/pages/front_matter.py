"""The header of a content file: where it starts and ends, and its values, or its faults."""

import re
from dataclasses import dataclass, field

from reentry_site import yaml_text
from reentry_site.pages.faults import Fault, error

FENCE = "---"
#: Dashes of any kind and number, in quotes or not: what a text program makes of three hyphens.
_LIKE_A_FENCE = re.compile(r"[“”\"']?[-–—―_=*~]{1,}[“”\"']?")


@dataclass
class FrontMatter:
    """`values`: text, lists and mappings of text. `places`: key → (line, column). `body_line`: its first line."""

    values: dict = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


def read(text: str, file: str) -> tuple[FrontMatter, list[Fault]]:
    """Split a file into header and body. With any fault the values are not to be used."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        return FrontMatter(), [_no_start(lines, file)]
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        return FrontMatter(), [_no_end(lines, file)]
    header = yaml_text.read("\n".join(lines[1:end]))
    faults = [
        error(file, each.line + 1, each.code, each.message, column=each.column, fix=each.fix)
        for each in header.problems
    ]
    places = {key: (line + 1, column) for key, (line, column) in header.places.items()}
    return FrontMatter(header.values, places, "\n".join(lines[end + 1 :]), end + 2), sorted(faults)


def _no_start(lines: list[str], file: str) -> Fault:
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if first and lines[first].rstrip() == FENCE:
        message = "The header starts further down. It starts on the first line."
        return error(file, 1, "fence", message, fix="Take the empty lines above it away.")
    if _LIKE_A_FENCE.fullmatch(lines[first].strip()):
        message = f"The header starts with three hyphens, not with {lines[first].strip()}"
        return error(file, first + 1, "fence", message, fix=FENCE)
    return error(file, 1, "no-header", "The file does not start with a header.", fix="Put --- on the first line.")


def _no_end(lines: list[str], file: str) -> Fault:
    for number, line in enumerate(lines[1:], 2):
        if _LIKE_A_FENCE.fullmatch(line.strip()):
            return error(
                file, number, "fence", f"The header ends with three hyphens, not with {line.strip()}", fix=FENCE
            )
    fix = "Put --- on a line of its own under the last key."
    return error(file, 1, "open-header", "The header has no end.", fix=fix)
