"""YAML as editors write it: every value stays the text that was typed, and knows its line and column.

Read by the headers of pages and by facts.yaml. A slip is a Problem in an editor's words, never an exception.
"""

import re
from dataclasses import dataclass, field

import yaml

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


def _unreadable(text: str, line: int, column: int) -> Problem:
    lines = text.split("\n")
    number = min(line, len(lines))
    before = lines[number - 2] if number > 1 else ""
    if before.strip() and not before.startswith((" ", "-", "#")) and ":" not in before:
        key, _, rest = before.strip().partition(" ")
        fix = f"Perhaps: {key}: {rest}".rstrip()
        return Problem(number - 1, 1, "no-colon", "There is no colon behind the key.", fix)
    fix = ""
    if match := re.match(r"(\w+):\s+([^\"'].*)$", lines[number - 1]):
        quoted = match[2].rstrip().replace('"', '\\"')
        fix = f'Perhaps: {match[1]}: "{quoted}"'
    message = "This cannot be read. A value with a colon or a # needs straight quotes around it."
    return Problem(line, column, "header", message, fix)
