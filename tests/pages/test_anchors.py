"""Headings that readers may have saved: one that vanishes is told, with the line that brings it back, until it is."""

import pytest

from reentry_site.pages.publishing import Publisher
from tests.pages.conftest import LIST, page_text, row, save, states

THREE = "## Before {#before}\n\nOne.\n\n## How it begins\n\nTwo.\n\n## Afterwards\n\nThree."
BEGINS = "## How it begins"


def told(publisher: Publisher) -> list[tuple[str, int, str]]:
    faults = [fault for fault in publisher.current().faults if fault.code == "anchor-gone"]
    assert {(fault.file, fault.severity) for fault in faults} <= {("privacy.md", "warning")}
    return [(fault.message.split()[0], fault.line, fault.fix) for fault in faults]


def become(publisher: Publisher, body: str, header: str = "") -> None:
    save(publisher, "privacy.md", page_text(body, header))
    assert [fault for fault in publisher.current().faults if fault.severity == "error"] == []


@pytest.fixture
def three(folder, request) -> Publisher:
    """A published page with three headings."""
    (folder / "privacy.md").write_text(page_text(THREE))
    return request.getfixturevalue("publisher")


@pytest.mark.parametrize(
    ("new", "fix"),
    [
        ("## How it all begins", "## How it all begins {#how-it-begins}"),  # by its words
        ("## First steps", "## First steps {#how-it-begins}"),  # by its place
        ("### First *steps*", "### First *steps* {#how-it-begins}"),
        ("## How it begins {#start}", "## How it begins {#how-it-begins}"),
        ("## First steps {#start}", "## First steps {#how-it-begins}"),
        ("First steps\n---", "## First steps {#how-it-begins}"),
    ],
)
def test_a_renamed_heading_is_told_at_its_place_with_the_line_that_keeps_its_anchor(three, new, fix):
    become(three, THREE.replace(BEGINS, new))
    assert told(three) == [("/privacy/#how-it-begins", 8, fix)]
    become(three, THREE.replace(BEGINS, fix))
    assert told(three) == []  # and the anchor that stood there for a moment is not asked for in its turn


def test_a_heading_that_moved_and_changed_is_found_by_its_words(three):
    become(three, THREE.replace(f"{BEGINS}\n\nTwo.\n\n", "") + "\n\n## How it really begins\n\nTwo.")
    assert told(three) == [("/privacy/#how-it-begins", 12, "## How it really begins {#how-it-begins}")]


def test_several_renamed_headings_each_have_their_own_line(three):
    become(three, "## First\n\nOne.\n\n## Second\n\nTwo.\n\n## Third\n\nThree.")
    assert sorted(told(three)) == [
        ("/privacy/#afterwards", 12, "## Third {#afterwards}"),
        ("/privacy/#before", 4, "## First {#before}"),
        ("/privacy/#how-it-begins", 8, "## Second {#how-it-begins}"),
    ]


def test_a_heading_with_none_in_its_place_says_so_and_an_alias_lets_it_go(three):
    become(three, THREE.replace(f"{BEGINS}\n\nTwo.\n\n", ""))
    line = "aliases: [/privacy/#how-it-begins]"
    assert told(three) == [("/privacy/#how-it-begins", 1, f"If that is meant, put this into the header: {line}")]
    become(three, THREE.replace(f"{BEGINS}\n\nTwo.\n\n", ""), f"{line}\n")
    assert told(three) == []


def test_aliases_that_stand_there_are_in_the_line_to_paste(three):
    become(three, THREE.replace(f"{BEGINS}\n\nTwo.\n\n", ""), "aliases: [/old/]\n")
    assert told(three)[0][2].endswith("aliases: [/old/, /privacy/#how-it-begins]")


def test_a_heading_renamed_twice_is_told_once_by_its_first_name(three):
    become(three, THREE.replace(BEGINS, "## First steps"))
    become(three, THREE.replace(BEGINS, "## What happens first"))
    assert told(three) == [("/privacy/#how-it-begins", 8, "## What happens first {#how-it-begins}")]


def test_a_heading_that_comes_back_settles_it(three):
    become(three, THREE.replace(BEGINS, "## First steps"))
    become(three, THREE)
    assert told(three) == []


def test_a_page_that_is_broken_has_lost_no_heading(three):
    save(three, "privacy.md", "---\ntitle: Call: now\n---\n## First steps")
    assert told(three) == []


def test_it_lasts_over_other_edits_and_a_restart(three):
    become(three, THREE.replace(BEGINS, "## First steps"))
    before = told(three)
    become(three, THREE.replace(BEGINS, "## First steps").replace("Three.", "Three and more."))
    assert told(three) == before
    assert told(Publisher(three.folder, three.kept)) == before


def test_what_changed_while_the_site_was_down_is_told_at_its_start(three):
    (three.folder / "privacy.md").write_text(page_text(THREE.replace(BEGINS, "## First steps")))
    assert [address for address, _, _ in told(Publisher(three.folder, three.kept))] == ["/privacy/#how-it-begins"]


@pytest.mark.parametrize("first", [0, 1])
def test_both_workers_tell_it_whoever_publishes_first_and_both_forget_it(three, first):
    """The second one finds the new page among the kept ones already, and looks at what it had itself."""
    other = Publisher(three.folder, three.kept)
    other.current()
    pair = [three, other] if first == 0 else [other, three]
    for text, expected in [(THREE.replace(BEGINS, "## First steps"), 1), (THREE, 0)]:
        (three.folder / "privacy.md").write_text(page_text(text))
        for each in pair:
            each.look()
            each.look()
        assert [len(told(each)) for each in (*pair, Publisher(three.folder, three.kept))] == [expected] * 3


def test_what_another_worker_forgot_to_keep_is_still_told(three):
    """Two that keep at the same time: the newer page stays, and the older memory."""
    other = Publisher(three.folder, three.kept)
    other.current()
    memory = (three.kept / "addresses.json").read_text()
    become(three, THREE.replace(BEGINS, "## First steps"))
    (three.kept / "addresses.json").write_text(memory)
    other.look()
    other.look()
    assert [address for address, _, _ in told(other)] == ["/privacy/#how-it-begins"]


def test_a_page_that_moves_takes_its_lost_headings_along(three):
    become(three, THREE.replace(BEGINS, "## First steps"))
    (three.folder / "privacy.md").rename(three.folder / "what-we-keep.md")
    three.look()
    three.look()
    found = [(fault.file, fault.fix) for fault in three.current().faults if fault.code == "anchor-gone"]
    assert found == [("what-we-keep.md", "## First steps {#how-it-begins}")]


def test_a_page_that_is_away_for_a_while_is_asked_for_its_headings_when_it_is_back(three):
    text = page_text(THREE)
    save(three, "privacy.md", page_text(THREE, "draft: yes\n"))
    assert told(three) == []  # the whole page is what is told
    save(three, "privacy.md", text.replace(BEGINS, "## First steps"))
    assert [address for address, _, _ in told(three)] == ["/privacy/#how-it-begins"]


def test_an_anchor_cannot_be_sent_to_another_page(three):
    save(three, "faq.md", (three.folder / "faq.md").read_text().replace("---\n", "---\naliases: [/privacy/#x]\n", 1))
    assert ("faq.md", "alias-anchor") in [(fault.file, fault.code) for fault in three.current().faults]


def test_the_list_shows_it_on_a_page_that_is_live(three, editor):
    become(three, THREE.replace(BEGINS, "## First steps"))
    answer = editor.get(LIST)
    assert states(answer, "privacy.md") == ["Live", "Heading gone"]
    assert [each.typed for each in row(answer, "privacy.md").told] == ["## First steps"]
