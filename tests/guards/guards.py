"""The list of guards, lines of the site that keep somebody from harm, and of the test that fails without each: *.toml.

By file: the `line` that stands there once, what takes its place (`becomes`; without it the line goes), what it `keeps`,
its `test`. Where no test can fail without it, `because` says why it stands there all the same.
"""

import dataclasses
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
HEAD = "| in | the line | becomes | keeps | the test |\n| --- | --- | --- | --- | --- |\n"


@dataclasses.dataclass(frozen=True)
class Guard:
    """`postgresql`: on SQLite it guards nothing."""

    file: str
    line: str
    keeps: str
    becomes: str = ""
    test: str = ""
    because: str = ""
    postgresql: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {_short(self.line)}"

    def taken_out_of(self, text: str) -> str:
        return text.replace(self.line, self.becomes)

    def row(self) -> str:
        becomes = f"`{_short(self.becomes)}`" if self.becomes.strip() else "nothing"
        shown = self.because or f"`{self.test}`" + (" (PostgreSQL)" if self.postgresql else "")
        return f"| `{self.file}` | `{_short(self.line)}` | {becomes} | {self.keeps} | {shown} |\n"


def read() -> list[Guard]:
    found = []
    for file in sorted(HERE.glob("*.toml")):
        for name, guards in tomllib.loads(file.read_text()).items():
            found += [Guard(file=name, **each) for each in guards]
    return found


def table() -> str:
    return HEAD + "".join(each.row() for each in read())


def _short(text: str) -> str:
    """On one line, and without what a table or a code span would end at."""
    return " ".join(text.split()).replace("|", "∣").replace("`", "'")
