"""The header of a content file: where it starts and ends, and its values, or its faults."""

from dataclasses import dataclass, field

from reentry_site import yaml_text
from reentry_site.pages.faults import Fault, error

FENCE = "---"


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
        fix = "Put --- on the first line."
        return FrontMatter(), [error(file, 1, "no-header", "The file does not start with a header.", fix=fix)]
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        fix = "Put --- on a line of its own under the last key."
        return FrontMatter(), [error(file, 1, "open-header", "The header has no end.", fix=fix)]
    header = yaml_text.read("\n".join(lines[1:end]))
    faults = [
        error(file, each.line + 1, each.code, each.message, column=each.column, fix=each.fix)
        for each in header.problems
    ]
    places = {key: (line + 1, column) for key, (line, column) in header.places.items()}
    return FrontMatter(header.values, places, "\n".join(lines[end + 1 :]), end + 2), faults
