"""Markdown → safe HTML in sections, plus the links and anchors it found. Raw HTML is off; facts are put in by the
parser, never by a template engine. A closed list of components is drawn by templates/pages/components/."""

import difflib
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from reentry_site.facts import Facts
from reentry_site.pages import components, pictures, safe_html
from reentry_site.pages.faults import Found
from reentry_site.pages.rendered import Heading, Link, Prose, Rendered, Section

_FACT = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_SENTENCE_END = re.compile(r"(?<=[.?!…])\s+|(?<=[.?!…][”’)])\s+")
_HEADING_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMPONENT_END = re.compile(r"[\s>]*:::+\s*$")
#: More is no paragraph, and no list in a list; the parser would take long over the one and drop the other.
MOST_LETTERS, DEEPEST = 5000, 10


def render(text: str, facts: Facts) -> Rendered:
    """Render one body. What is wrong with it stands in `found`, never in an exception."""
    result = Rendered()
    parser = _parser(facts, result)
    tokens = parser.parse(text + "\n")  # the container parser looks one letter too far where a text just ends
    _collect(tokens, text.split("\n"), result)
    tokens = components.draw(tokens, parser, facts, result.found)
    heads = [number for number, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"]

    def html(part: Sequence[Token]) -> SafeString:
        return safe_html.clean(parser.renderer.render(part, parser.options, {}))

    result.intro = html(tokens[: heads[0] if heads else len(tokens)])
    for start, end in itertools.pairwise([*heads, len(tokens)]):
        if end == start + 3:
            result.bare.append(Prose(_line(tokens[start]), tokens[start + 1].content, level=2))
        body = html(tokens[start + 3 : end])
        if body.strip():  # a section whose every sentence needed an empty fact is left out
            heading = html(tokens[start + 1].children or [])
            result.sections.append(Section(str(tokens[start].attrs["id"]), heading, body))
    return result


def fill(text: str, facts: Facts) -> str:
    """Facts put into a header value, as plain words; a sentence with an empty fact is left out."""
    filled = _FACT.sub(lambda match: facts.text(match[1]) or match[0], _without_empty_facts(text, facts))
    return filled.replace("p.m..", "p.m.").replace("a.m..", "a.m.")


def unknown_facts(text: str, facts: Facts) -> list[str]:
    return [name for name in _FACT.findall(text) if facts.text(name) is None]


def slug(heading: str) -> str:
    """A heading's words as an anchor: lower case, hyphens, no accents."""
    plain = unicodedata.normalize("NFKD", heading.replace("’", "").replace("'", ""))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


# The parser -------------------------------------------------------------------------------------------------


def _parser(facts: Facts, result: Rendered) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "maxNesting": DEEPEST})
    parser.enable(["table", "replacements", "smartquotes"])
    for name in components.COMPONENTS:
        parser.use(container_plugin, name)
    parser.core.ruler.after("block", "limits", _hold_limits(result))
    parser.core.ruler.after("limits", "facts", _leave_out_empty(facts, result))
    parser.core.ruler.after("facts", "heading_ids", _name_headings(result))
    parser.inline.ruler.before("link", "fact", _put_in_facts(facts))
    return parser


def _hold_limits(result: Rendered) -> Callable[[StateCore], None]:
    def rule(state: StateCore) -> None:
        for token in state.tokens:
            if token.type == "inline" and len(token.content) > MOST_LETTERS:
                message = f"This paragraph has {len(token.content)} letters; {MOST_LETTERS} are the most."
                fix = "Make several of it, with an empty line between them."
                result.found.append(Found(_line(token), "long-paragraph", message, fix))
                token.content = ""
            if token.nesting > 0 and token.level == DEEPEST - 1:
                message = "Lists, quotes or blocks stand too deep inside each other here."
                result.found.append(Found(_line(token), "too-deep", message, "Start again at the left."))

    return rule


def _without_empty_facts(text: str, facts: Facts) -> str:
    if "{{" not in text:
        return text
    sentences = _SENTENCE_END.split(text)
    return " ".join(each for each in sentences if all(facts.text(name) != "" for name in _FACT.findall(each)))


def _leave_out_empty(facts: Facts, result: Rendered) -> Callable[[StateCore], None]:
    def rule(state: StateCore) -> None:
        kept: list[Token] = []
        for token in state.tokens:
            if token.type == "inline":
                for name in unknown_facts(token.content, facts):
                    near = difflib.get_close_matches(name, Facts.model_fields, 1)
                    fix = f"Did you mean {{{{ {near[0]} }}}}" if near else ""
                    message = f"There is no fact {name!r} in facts.yaml."
                    result.found.append(Found(_line(token), "unknown-fact", message, fix))
                result.empty_facts |= {name for name in _FACT.findall(token.content) if facts.text(name) == ""}
                before, token.content = token.content, _without_empty_facts(token.content, facts)
                token.hidden = bool(before) and not token.content
            kept.append(token)
            _drop_emptied(kept)
        state.tokens = kept

    return rule


def _drop_emptied(tokens: list[Token]) -> None:
    """Take away a block at the end of the list that has nothing left in it: a paragraph, its item, its list."""
    if (
        len(tokens) > 2
        and tokens[-2].type == "inline"
        and tokens[-2].hidden
        or len(tokens) > 2
        and tokens[-1].nesting < 0
        and tokens[-2].type == "emptied"
        and tokens[-3].nesting > 0
    ):
        del tokens[-3:]
        tokens.append(Token("emptied", "", 0, hidden=True))
    elif len(tokens) > 1 and tokens[-2].type == "emptied":
        del tokens[-2]


def _name_headings(result: Rendered) -> Callable[[StateCore], None]:
    def rule(state: StateCore) -> None:
        named: set[str] = set()
        for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
            if opening.type != "heading_open":
                continue
            pinned = _HEADING_ID.search(inline.content)
            inline.content = _HEADING_ID.sub("", inline.content)
            anchor = pinned[1] if pinned else slug(inline.content)
            if anchor in named:
                fix = f"{opening.markup} {inline.content} {{#other-name}}"
                result.found.append(
                    Found(_line(opening), "anchor-twice", f"Two headings have the anchor {anchor!r}.", fix)
                )
            named.add(anchor)
            result.headings.append(Heading(_line(opening), int(opening.tag[1]), inline.content, anchor))
            opening.attrs["id"] = anchor
            if opening.tag == "h1":
                message = "The title is the page's # heading. The text's own headings start with ##."
                result.found.append(Found(_line(opening), "second-title", message, f"## {inline.content}"))

    return rule


def _put_in_facts(facts: Facts) -> Callable[[StateInline, bool], bool]:
    def rule(state: StateInline, silent: bool) -> bool:
        match = _FACT.match(state.src, state.pos)
        value = facts.text(match[1]) if match else None
        if not match or value is None:
            return False
        if not silent:
            _push_fact(state, match[1], value, facts)
        state.pos = match.end()
        if value.endswith(".") and state.src.startswith(".", state.pos):
            state.pos += 1  # "5 p.m." ends a sentence by itself
        return True

    return rule


def _push_fact(state: StateInline, name: str, value: str, facts: Facts) -> None:
    linked = name == "phone" and state.linkLevel == 0
    if linked:
        state.push("link_open", "a", 1).attrs = {"class": "phone", "href": facts.phone_href}
    text = state.push("text", "", 0)
    text.content, text.meta = value, {"fact": name}
    if linked:
        state.push("link_close", "a", -1)


# What was found ---------------------------------------------------------------------------------------------


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _collect(tokens: Sequence[Token], lines: Sequence[str], result: Rendered) -> None:
    heading, before = "", tokens[0] if tokens else None
    blocks: list[Token] = []  # the components and quotes that are open here
    for token in tokens:
        if token.type == "container_placeholder_open":
            result.placeholders.append(heading)
        _collect_block(token, blocks, lines, result)
        if token.type == "inline":
            level = int(before.tag[1]) if before.type == "heading_open" else 0
            heading = token.content if level else heading
            block = next((each.info.split()[0] for each in blocks if each.info), "quote" if blocks else "")
            typed = _plain(each for each in token.children or [] if "fact" not in each.meta)
            result.prose.append(Prose(_line(token), _plain(token.children or []), typed, level, block))
            _collect_inline(token, bool(heading), result)
        before = token


def _plain(children: Iterable[Token]) -> str:
    """The words of a paragraph without its marks."""
    return "".join(" " if child.type in {"softbreak", "hardbreak"} else child.content for child in children)


def _collect_block(token: Token, blocks: list[Token], lines: Sequence[str], result: Rendered) -> None:
    """A component that is never closed would take the rest of the page into itself."""
    if token.type.startswith(("container_", "blockquote_")):
        if token.nesting > 0:
            blocks.append(token)
            return
        opening = blocks.pop()
        end = "".join(lines[opening.map[1] : opening.map[1] + 1])
        if token.type.startswith("container_") and not _COMPONENT_END.fullmatch(end):
            message = f"The block ::: {opening.info.strip()} has no end."
            fix = "Put ::: on a line of its own under it."
            result.found.append(Found(_line(opening), "open-component", message, fix))
    elif token.type == "heading_open" and token.tag == "h2" and token.level:
        message = "A ## heading starts a section of the page. It cannot stand inside a block, a list or a quote."
        result.found.append(Found(_line(token), "heading-inside", message))


def _collect_picture(image: Token, line: int, below: bool, result: Rendered) -> None:
    """`below`: under the first heading of the page. What may never be scrolled to is not fetched before it is."""
    if name := pictures.name_of(image, _plain(image.children or []), line, result.found):
        result.pictures.append(Link(line, name, image.content))
    if below:
        image.attrs |= {"loading": "lazy", "decoding": "async"}


def _collect_inline(inline: Token, below: bool, result: Rendered) -> None:
    line, opened = _line(inline), None
    for child in inline.children or []:
        if child.type == "link_open":
            opened = (child, [])
        elif child.type == "link_close" and opened:
            link, inside = opened
            if link.attrs.get("class") != "phone":
                result.links.append(Link(line, str(link.attrs["href"]), "".join(inside)))
            opened = None
        elif opened:
            opened[1].append(child.content)
        if child.type == "image":
            _collect_picture(child, line, below, result)
        if child.type == "text" and (html := _HTML.search(child.content)):
            message = f"HTML is not used here: {html[0]}"
            result.found.append(Found(line, "html", message, "Write it in Markdown."))
        if child.type == "text" and "![" in child.content:
            message = "This picture is not written quite right: readers would see its marks."
            result.found.append(Found(line, "picture-form", message, "![What it shows](pictures/entrance.jpg)"))
    if inline.content.startswith(":::"):
        name = inline.content[3:].strip().split()[0] if inline.content[3:].strip() else ""
        result.found.append(Found(line, "unknown-component", f"There is no component {name!r}.", _one_of(name)))


def _one_of(name: str) -> str:
    near = difflib.get_close_matches(name, components.COMPONENTS, 1)
    return f"Did you mean ::: {near[0]}" if near else f"There are: {', '.join(components.COMPONENTS)}."


# How hard it is to read -------------------------------------------------------------------------------------


def sentences(text: str) -> list[str]:
    return [each for each in _SENTENCE_END.split(text) if re.search(r"\w", each)]


def reading_grade(text: str) -> float:
    """The Flesch-Kincaid grade (Kincaid and others, 1975): 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    words_ = re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", text)
    if not words_:
        return 0.0
    syllables = sum(map(_syllables, words_))
    return 0.39 * len(words_) / max(len(sentences(text)), 1) + 11.8 * syllables / len(words_) - 15.59


_UNSPOKEN = re.compile(r"(?<=q)u|(?<=g)u(?=[aeiy])|(?<=^ev)e(?=ry)|e(?=(?:ly|less|ness|thing|one|where|mail|land)s?$)")
_PARTED = re.compile(r"(?<![tscgx])i[ao](?!u)|[aeiouy]ing|ua|eo(?!p)|[^aeiouy]ie(?:r$|t)|(?<=[aeiouy][^aeiouy])eas?$")
_LAST_E = re.compile(r"(?:[^aeiouyl]|[aeiouy]l)e[sd]?$")
_SPOKEN_LAST_E = re.compile(r"(?:[sxz]|[cs]h|[cg])es$|[td]ed$")


def _syllables(word: str) -> int:
    """Vowel groups and the vowels that part in them, less the silent e. Good to about one word in ten."""
    word, _, rest = word.lower().replace("’", "'").partition("'")
    spoken = _UNSPOKEN.sub("", word)
    silent = _LAST_E.search(spoken) and not _SPOKEN_LAST_E.search(spoken)
    count = len(re.findall(r"[aeiouy]+", spoken)) + len(_PARTED.findall(spoken)) - bool(silent)
    return max(count, 1) + (rest == "t" and word.endswith(("sn", "dn", "tn")))
