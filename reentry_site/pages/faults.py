"""A fault: what a check says of one place in one file, in an editor's words."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


@dataclasses.dataclass(frozen=True, order=True)
class Fault:
    """`file` is relative to the content folder; `line` and `column` count from 1. An error keeps its page back.

    `fix`: the line to type instead, or what to do, where that can be known.
    """

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    fix: str = ""


class Found(NamedTuple):
    """A fault in a body, before it is known which file and line the body starts at. `line` counts from 1."""

    line: int
    code: str
    message: str
    fix: str = ""
    severity: Severity = "error"

    def at(self, file: str, offset: int) -> Fault:
        return Fault(file, self.line + offset, 1, self.severity, self.code, self.message, self.fix)


def error(file: str, line: int, code: str, message: str, *, column: int = 1, fix: str = "") -> Fault:
    return Fault(file, line, column, "error", code, message, fix)


def warning(file: str, line: int, code: str, message: str, *, column: int = 1, fix: str = "") -> Fault:
    return Fault(file, line, column, "warning", code, message, fix)


#: More than this nobody reads at once, in one place or in one message.
MOST_FAULTS, MOST_LETTERS = 100, 1000


def fewest(faults: Iterable[Fault]) -> list[Fault]:
    """What is told of one file: all of it, or where that is a flood, a first part with errors before warnings."""
    worst = sorted(faults, key=lambda fault: (fault.severity, fault))
    told = sorted(_on_a_line(fault) for fault in worst[:MOST_FAULTS])
    if more := len(worst) - len(told):
        last = told[-1]
        told.append(warning(last.file, last.line, "more", f"There are {more} more. See to these first."))
    return told


def _on_a_line(fault: Fault) -> Fault:
    """What it quotes can be as long as a file, and a heading can run over several lines."""
    message, fix = (" ".join(words.split("\n")) for words in (fault.message, fault.fix))
    message = message if len(message) <= MOST_LETTERS else f"{message[:MOST_LETTERS]}…"
    return dataclasses.replace(fault, message=message, fix=fix)


#: Faults of files that are not looked into.
_UNREAD = {"outside", "too-large"}


class Told(NamedTuple):
    """A fault with the line as it was typed, for showing; empty where there is none, or where it says nothing."""

    fault: Fault
    typed: str


def told(faults: Iterable[Fault], folder: Path) -> list[Told]:
    """Faults of files with their lines; a line that cannot be read is left empty."""
    texts: dict[str, str] = {}
    for fault in faults:
        if fault.file not in texts:
            texts[fault.file] = "" if fault.code in _UNREAD else _text(folder / fault.file)
    return [Told(fault, typed(texts[fault.file], fault.line)) for fault in faults]


def typed(text: str, line: int) -> str:
    """One line of a text as the checks count them; the header's fence is left out, it is never what is wrong."""
    found = "".join(text.replace("\r\n", "\n").split("\n")[line - 1 : line]).strip()
    return "" if found == "---" else found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
