"""Bar charts as the template draws them: where each bar and word stands, and the same numbers as a table.

Widths are percent and heights are em, so that words keep their size on any screen. Knows nothing of requests.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

PLOT = 9.0  # em, the height of the tallest column
ROW = 3.0  # em, one lying bar with its words above it
#: More columns than these do not get a number each: on a phone, on any screen.
ROOM_ON_A_PHONE, ROOM = 8, 14


@dataclass(frozen=True)
class Value:
    """One bar. `label`: "" where there is no room for one. `number`: None where there is nothing to tell."""

    label: str
    number: int | None


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Words:
    """`anchor`: which end of them stands at `x`. `look`: the CSS class."""

    x: str
    y: str
    text: str
    anchor: str = "start"
    look: str = "tick"


@dataclass(frozen=True)
class Table:
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Chart:
    """`name`: its id on the page. `says`: what a person who cannot see it is told."""

    name: str
    title: str
    says: str
    height: str
    bars: list[Bar]
    words: list[Words]
    table: Table
    base: str = ""  # where the line under the columns is
    top: str = ""  # and the one at the height of `most`


def columns(
    name: str, title: str, says: str, values: list[Value], table: Table, *, most: int = 0, unit: str = ""
) -> Chart:
    """Standing bars from left to right, for days and hours. `most`: what a full column stands for."""
    most = most or max(value.number or 0 for value in values) or 1
    head = 2.75 if len(values) > ROOM_ON_A_PHONE else 1.5
    floor, slot = head + PLOT, 100 / len(values)
    bars, words = [], []
    for place, value in enumerate(values):
        height, left = PLOT * (value.number or 0) / most, place * slot
        bars.append(Bar(_percent(left + slot * 0.14), _em(floor - height), _percent(slot * 0.72), _em(height)))
        if len(values) <= ROOM and value.number is not None:
            look = "number" if len(values) <= ROOM_ON_A_PHONE else "number number-dense"
            words.append(Words(_percent(left + slot / 2), _em(floor - height - 0.4), str(value.number), "middle", look))
    words += _ticks(values, slot, _em(floor + 1.4))
    if len(values) > ROOM_ON_A_PHONE:
        words.append(Words("0%", "1em", f"{most}{unit}"))
    top = _em(head) if len(values) > ROOM_ON_A_PHONE else ""
    return Chart(name, title, says, _em(floor + 2), bars, words, table, _em(floor), top)


def _ticks(values: list[Value], slot: float, y: str) -> list[Words]:
    """Under its column's middle where each has one; else from its left edge, and the last one to its right edge."""
    if all(value.label for value in values):
        return [Words(_percent((i + 0.5) * slot), y, value.label, "middle") for i, value in enumerate(values)]
    last = len(values) - 1
    return [
        Words("100%", y, value.label, "end") if i == last else Words(_percent(i * slot), y, value.label)
        for i, value in enumerate(values)
        if value.label
    ]


def lying(name: str, title: str, says: str, values: list[Value], table: Table) -> Chart:
    """Bars from top to bottom with their words above them, for reasons and other long names. One at least counts."""
    most = max(value.number for value in values)
    bars, words = [], []
    for place, value in enumerate(values):
        y = place * ROW
        bars.append(Bar("0%", _em(y + 1.5), _percent(100 * value.number / most), "0.8em"))
        words.append(Words("0%", _em(y + 1.1), value.label, look="name"))
        words.append(Words("100%", _em(y + 1.1), str(value.number), "end", "number"))
    return Chart(name, title, says, _em(len(values) * ROW), bars, words, table)


def some_labels(labels: Sequence[str], every: int) -> list[str]:
    """Each `every`th from the first on and the last one; the others, and one that would touch the last, are ""."""
    last = len(labels) - 1
    kept = {*range(0, last - every + 2, every), last}
    return [label if place in kept else "" for place, label in enumerate(labels)]


def in_groups(items: Sequence, size: int) -> list[Sequence]:
    """Groups of `size` in order; the first one is smaller where they do not come out even."""
    cuts = [0, *range(len(items) % size, len(items) + 1, size)]
    return [items[start:end] for start, end in itertools.pairwise(cuts) if start < end]


def _percent(number: float) -> str:
    return f"{number:.2f}%"


def _em(number: float) -> str:
    return f"{number:.2f}em"
