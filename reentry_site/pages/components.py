"""The closed list of components that editors may use, each drawn by a template in templates/pages/components/."""

import datetime
import re
from collections.abc import Iterator, Sequence

from django.template.loader import render_to_string
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reentry_site.facts import Facts
from reentry_site.pages import safe_html
from reentry_site.pages.faults import Found

#: Component → the arguments it takes.
COMPONENTS: dict[str, frozenset[str]] = {
    "thoughts": frozenset(),
    "steps": frozenset(),
    "story": frozenset(),
    "note": frozenset(),
    "call-to-action": frozenset(),
    "placeholder": frozenset(),
    "source": frozenset({"title", "year", "link", "review"}),
}
_ARGUMENT = re.compile(r"(\w+)=(?:\"([^\"]*)\"|(\S+))")


def draw(tokens: Sequence[Token], parser: MarkdownIt, facts: Facts, found: list[Found]) -> list[Token]:
    """Each component's tokens become one piece of HTML, drawn by its template around what it holds.

    What is wrong is added to `found`.
    """
    open_parts: list[list[Token]] = [[]]
    openings: list[Token] = []
    for token in tokens:
        if token.type.startswith("container_") and token.nesting > 0:
            openings.append(token)
            open_parts.append([])
        elif token.type.startswith("container_") and token.nesting < 0:
            body = parser.renderer.render(open_parts.pop(), parser.options, {})
            drawn = Token("html_block", "", 0)
            drawn.content = _draw(openings.pop(), body, facts, found)
            open_parts[-1].append(drawn)
        else:
            open_parts[-1].append(token)
    return open_parts[0]


def _draw(opening: Token, body: str, facts: Facts, found: list[Found]) -> str:
    line = opening.map[0] + 1
    name, _, rest = opening.info.strip().partition(" ")
    arguments = {key: quoted or bare for key, quoted, bare in _ARGUMENT.findall(rest)}
    for key in arguments.keys() - COMPONENTS[name]:
        takes = ", ".join(sorted(COMPONENTS[name])) or "nothing"
        found.append(Found(line, "unknown-argument", f"{name!r} takes no {key!r}.", f"It takes {takes}."))
    if name == "source":
        arguments["review"] = _date(arguments.get("review", ""))
        found += [Found(line, code, message) for code, message in _of_source(arguments)]
    template = f"pages/components/{name.replace('-', '_')}.html"
    context = {
        "body": safe_html.clean(body),
        "clinic": facts,
        **{key: arguments.get(key, "") for key in COMPONENTS[name]},
    }
    return render_to_string(template, context)


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _of_source(arguments: dict) -> Iterator[tuple[str, str]]:
    """A fact from outside stands with its source, and with the day by which somebody looks at it again."""
    if not arguments.get("title"):
        yield "no-source-title", 'A source needs its title, like title="…".'
    if not arguments["review"]:
        yield "no-source-review", "A source needs the day of its next review, like review=2027-11-24."
