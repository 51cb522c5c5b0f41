"""A fault: what a check says of one place in one file, in an editor's words."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, order=True)
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
