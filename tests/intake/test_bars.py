"""Where the bars and words of a chart stand."""

import pytest

from intake.admin import bars
from intake.admin.bars import Table, Value


def chart(*numbers: int | None, **more) -> bars.Chart:
    values = [Value(str(place), number) for place, number in enumerate(numbers)]
    return bars.columns("c", "C", "says", values, Table((), ()), **more)


def test_the_tallest_column_fills_the_plot_and_nothing_is_no_bar():
    drawn = chart(5, 0, 10)
    assert [bar.height for bar in drawn.bars] == ["4.50em", "0.00em", "9.00em"]
    assert [bar.x for bar in drawn.bars] == ["4.67%", "38.00%", "71.33%"]
    assert [words.text for words in drawn.words if "number" in words.look] == ["5", "0", "10"]
    assert [bar.height for bar in chart(50, None, most=100).bars] == ["4.50em", "0.00em"]
    assert [bar.height for bar in chart(0, 0).bars] == ["0.00em", "0.00em"]


def test_many_columns_say_what_the_tallest_is_in_place_of_each_number():
    drawn = chart(*range(30), unit=" a day")
    assert [words.text for words in drawn.words if "number" in words.look] == []
    assert "29 a day" in [words.text for words in drawn.words]


@pytest.mark.parametrize(
    ("count", "every", "kept"),
    [(30, 15, [0, 15, 29]), (13, 4, [0, 4, 8, 12]), (53, 26, [0, 26, 52]), (11, 4, [0, 4, 10]), (1, 1, [0])],
)
def test_labels_keep_clear_of_each_other(count, every, kept):
    labels = bars.some_labels([str(place) for place in range(count)], every)
    assert [int(label) for label in labels if label] == kept
    assert len(labels) == count


def test_groups_end_with_the_last_and_begin_with_what_is_left():
    days = list(range(16))
    assert [len(group) for group in bars.in_groups(days, 7)] == [2, 7, 7]
    assert [day for group in bars.in_groups(days, 7) for day in group] == days
    assert [len(group) for group in bars.in_groups(days[:14], 7)] == [7, 7]
