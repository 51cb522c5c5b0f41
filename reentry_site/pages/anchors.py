"""Anchors of headings that readers may have saved and that lead nowhere now, each with the heading in its place.

Here they are found and remembered; what an editor is told of them stands in checks.
"""

import difflib
from collections.abc import Mapping

from reentry_site.pages.page import Page


def vanished(
    known: Mapping[str, str], before: Mapping[str, Page], after: Mapping[str, Page], moved: Mapping[str, str]
) -> dict[str, str]:
    """`/faq/#cost` → the anchor that took its place, or "". What was known, and what went between two states.

    A heading that is renamed once more is told by its first name alone: one line pins it for both.
    """
    lost = {_follow(address, after, moved): heir for address, heir in known.items()}
    for path, page in before.items():
        for anchor, heir in _heirs(page, after.get(path)).items():
            stood_for = [each for each, its_heir in lost.items() if each.startswith(f"{path}#") and its_heir == anchor]
            lost |= dict.fromkeys(stood_for or [f"{path}#{anchor}"], heir)
    return lost


def _follow(address: str, after: Mapping[str, Page], moved: Mapping[str, str]) -> str:
    """The same anchor where its page is now."""
    path, _, anchor = address.partition("#")
    return address if path in after else f"{moved.get(path, path)}#{anchor}"


def _heirs(old: Page, new: Page | None) -> dict[str, str]:
    """The anchors that went from a page, each with the new one nearest to it by words, else by place."""
    if new is None:
        return dict.fromkeys(old.anchors, "")
    went = {each.anchor: each.words for each in old.headings if each.anchor not in new.anchors}
    if not went:
        return {}
    came = {each.anchor: each.words for each in new.headings if each.anchor not in old.anchors}
    heirs = dict.fromkeys(went, "")
    for anchor, words in went.items():
        if near := difflib.get_close_matches(words, came.values(), 1, 0.6):
            heirs[anchor] = next(each for each in came if came[each] == near[0])
            del came[heirs[anchor]]
    order, next_order = [each.anchor for each in old.headings], [each.anchor for each in new.headings]
    for _, start, end, next_start, next_end in difflib.SequenceMatcher(None, order, next_order, False).get_opcodes():
        left = [each for each in order[start:end] if heirs.get(each) == ""]
        free = [each for each in next_order[next_start:next_end] if each in came]
        heirs |= dict(zip(left, free, strict=False))
    return heirs
