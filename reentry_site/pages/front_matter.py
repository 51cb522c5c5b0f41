"""The header of a content file: text → values that are still text, each with its line and column, or its faults."""

import re
from dataclasses import dataclass, field

import yaml

from reentry_site.pages.faults import Fault, error

FENCE = "---"


@dataclass
class FrontMatter:
    """`values`: text, lists and mappings of text. `places`: key → (line, column). `body_line`: its first line."""

    values: dict = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


class _OwnWords(yaml.BaseLoader):
    """Takes no `*name` that stands for another place: a header says each thing itself, and never in a circle."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias", self.peek_event().start_mark)
        return super().compose_node(parent, index)


def read(text: str, file: str) -> tuple[FrontMatter, list[Fault]]:
    """Split a file into header and body. With any fault the values are not to be used."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        return FrontMatter(), [
            error(
                file,
                1,
                "no-header",
                "The file does not start with a header.",
                fix="Put --- on the first line.",
            )
        ]
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        fix = "Put --- on a line of its own under the last key."
        return FrontMatter(), [error(file, 1, "open-header", "The header has no end.", fix=fix)]
    found = FrontMatter(body="\n".join(lines[end + 1 :]), body_line=end + 2)
    faults = _read_values(found, "\n".join(lines[1:end]), file)
    return found, faults


def _read_values(found: FrontMatter, header: str, file: str) -> list[Fault]:
    try:
        # Composed with the base loader: every scalar stays the text that was typed, and knows where it stands.
        node = yaml.compose(header, Loader=_OwnWords)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        return [_unreadable(file, header, line, column)]
    except yaml.YAMLError:
        return [error(file, 2, "header-character", "The header holds a character that cannot be read.")]
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        return [
            error(
                file,
                2,
                "no-keys",
                "The header has no keys.",
                fix="Write one key a line, like title: Our page",
            )
        ]
    faults = []
    for key, value in node.value:
        place = (key.start_mark.line + 2, key.start_mark.column + 1)
        name = _plain(key)
        if not isinstance(name, str):
            faults.append(error(file, place[0], "odd-key", "A key is one word.", column=place[1]))
        elif name in found.values:
            message = f"The key {name!r} stands twice. Keep one of them."
            faults.append(error(file, place[0], "key-twice", message, column=place[1]))
        else:
            found.values[name], found.places[name] = _plain(value), place
    return faults


def _unreadable(file: str, header: str, line: int, column: int) -> Fault:
    lines = header.split("\n")
    typed = lines[min(line - 2, len(lines) - 1)]
    fix = ""
    if match := re.match(r"(\w+):\s+([^\"'].*)$", typed):
        quoted = match[2].rstrip().replace('"', '\\"')
        fix = f'Perhaps: {match[1]}: "{quoted}"'
    message = "The header cannot be read here. A value with a colon or a # needs straight quotes around it."
    return error(file, line, "header", message, column=column, fix=fix)


def _plain(node: yaml.Node) -> str | list | dict:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return {str(_plain(key)): _plain(value) for key, value in node.value}
