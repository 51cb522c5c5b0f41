"""A fault: what a check says of one place in one file, in an editor's words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Fault:
    """`file` is relative to the content folder; `line` and `column` count from 1. An error keeps its page back."""

    file: str
    line: int
    column: int
    severity: Literal["error", "warning", "note"]
    code: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        fix = f"\n    {self.fix}" if self.fix else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}{fix}"


def error(file: str, line: int, code: str, message: str, *, column: int = 1, fix: str = "") -> Fault:
    return Fault(file, line, column, "error", code, message, fix)
