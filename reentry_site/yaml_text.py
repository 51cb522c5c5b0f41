"""YAML as editors write it: every value stays the text that was typed, and knows its line and column.

Read by the headers of pages and by facts.yaml. A slip is a Problem in an editor's words, never an exception.
"""

import re
from dataclasses import dataclass, field

import yaml

_OPEN_QUOTE = re.compile(r"\s*[\w-]+:\s*(\"(\\.|[^\"\\])*|'[^']*)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place; lines and columns count from 1. `fix`: the line to type instead, where known."""

    line: int
    column: int
    code: str
    message: str
    fix: str = ""


@dataclass
class Mapping:
    """`values`: text, lists and mappings of text. `places`: key → (line, column), for the outermost keys."""

    values: dict = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _OwnWords(yaml.BaseLoader):
    """Takes no `*name` that stands for another place: each thing is said itself, and never in a circle."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias", self.peek_event().start_mark)
        return super().compose_node(parent, index)


def read(text: str) -> Mapping:
    """Read a mapping of keys and values."""
    found = Mapping()
    try:
        node = yaml.compose(text, Loader=_OwnWords)
        if node is not None:
            _read_mapping(node, found)
            found.problems += _lost_behind_hash(node, text.split("\n"))
    except yaml.MarkedYAMLError as slip:
        # A quote that never closes is told where it opens, not where the text ends.
        mark = slip.context_mark if "quoted" in (slip.context or "") else slip.problem_mark
        found.problems.append(_unreadable(text, mark.line + 1, mark.column + 1) if mark else _unreadable(text, 1, 1))
    except (yaml.YAMLError, UnicodeError):
        found.problems.append(Problem(1, 1, "header-character", "A character here cannot be read."))
    except RecursionError:
        found.problems.append(Problem(1, 1, "header-depth", "There are too many brackets inside each other."))
    return found


def _read_mapping(node: yaml.Node, found: Mapping) -> None:
    if not isinstance(node, yaml.MappingNode):
        message = "There are no keys here. Write one key a line, like title: Our page"
        found.problems.append(Problem(1, 1, "no-keys", message))
        return
    for key, value in node.value:
        place = (key.start_mark.line + 1, key.start_mark.column + 1)
        name = _plain(key)
        if not isinstance(name, str):
            found.problems.append(Problem(*place, "odd-key", "A key is one word."))
        elif name in found.values:
            found.problems.append(Problem(*place, "key-twice", f"The key {name!r} stands twice. Keep one of them."))
        else:
            found.values[name], found.places[name] = _plain(value), place


def _plain(node: yaml.Node) -> str | list | dict:
    if isinstance(node, yaml.ScalarNode):
        if _SURROGATE.search(node.value):
            raise UnicodeError
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return {str(_plain(key)): _plain(value) for key, value in node.value}


def _lost_behind_hash(node: yaml.Node, lines: list[str]) -> list[Problem]:
    """A # behind an unquoted value starts a comment: the rest of the value would be lost without a word."""
    if isinstance(node, yaml.ScalarNode):
        mark = node.end_mark
        rest = lines[mark.line][mark.column :] if mark.line < len(lines) else ""
        if node.style is not None or not node.value or not re.match(r"\s+#", rest):
            return []
        message = f"Everything behind # is lost here: {rest.strip()}"
        before = lines[node.start_mark.line][: node.start_mark.column]
        return [
            Problem(mark.line + 1, mark.column + 1, "lost-at-hash", message, f"{before}{_quoted(node.value + rest)}")
        ]
    inside = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
    return [problem for each in inside for problem in _lost_behind_hash(each, lines)]


def _quoted(value: str) -> str:
    escaped = value.strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unreadable(text: str, line: int, column: int) -> Problem:
    """What an editor most likely did where the parser gave up."""
    lines = text.split("\n")
    number = min(line, len(lines))
    typed, before = lines[number - 1], lines[number - 2] if number > 1 else ""
    for each, at in ((typed, number), (before, number - 1)):
        if "\t" in each:
            inside = at > 1 and lines[at - 2].rstrip().endswith(":")
            fix = ("  " if inside else "") + each.replace("\t", " ").strip()
            return Problem(at, each.index("\t") + 1, "tab", "There is a tab here. Use spaces.", fix)
    for at, each in enumerate(lines[:number], 1):  # a quote that never ends is noticed lines later
        if _OPEN_QUOTE.fullmatch(each):
            return _of_value(each, at)
    if before.strip() and not before.startswith((" ", "-", "#")) and ":" not in before:
        key, _, rest = before.strip().partition(" ")
        return Problem(number - 1, 1, "no-colon", "There is no colon behind the key.", f"{key}: {rest}".rstrip())
    return _of_value(typed, number) or Problem(number, column, "header", "This line cannot be read.")


def _of_value(typed: str, number: int) -> Problem | None:
    match = re.match(r"(\s*[\w-]+:)(\s*)(.+)$", typed)
    if not match:
        if re.match(r"[\w-]+ ", typed) and ":" not in typed:
            key, _, rest = typed.strip().partition(" ")
            return Problem(number, 1, "no-colon", "There is no colon behind the key.", f"{key}: {rest}")
        return None
    key, value = match[1], match[3].strip()
    column = match.start(3) + 1
    if value[0] in "\"'":
        message = "The quotes around this value do not fit together. Put straight ones at its start and its end."
        return Problem(number, column, "quotes", message, f"{key} {_quoted(value.strip(value[0]))}")
    if value[0] in "*&!|>%@`[]{},":
        message = f"A value that starts with {value[0]} needs straight quotes around it."
        return Problem(number, column, "special-start", message, f"{key} {_quoted(value)}")
    if ": " in value or value.endswith(":"):
        message = "A value with a colon needs straight quotes around it."
        return Problem(number, column, "colon", message, f"{key} {_quoted(value)}")
    return None
