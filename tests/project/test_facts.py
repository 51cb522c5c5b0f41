"""The clinic's facts: one typed object, empty where nothing was given, and every slip told with its line."""

import datetime
from pathlib import Path

import pytest

from reentry_site import facts
from reentry_site.pages import checks

GIVEN = 'name: "The Clinic"\nphone: "216 555 0100"\n'


def faults(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
    read, found = checks.read_facts(tmp_path)
    assert (read is None) == bool(found)
    return [(fault.line, fault.code) for fault in found]


def test_a_phone_is_shown_one_way_and_dialled_another():
    read = facts.parse(GIVEN)
    assert (read.phone, read.phone_href) == ("(216) 555-0100", "tel:+12165550100")


def test_what_is_not_given_is_empty_words():
    read = facts.parse(GIVEN + "hours:\naddress:\nclosed_days: []\n")
    assert (read.text("hours"), read.text("address"), read.text("languages")) == ("", "", "")
    assert read.text("no_such_fact") is None


def test_hours_in_words_group_days_in_a_row():
    days = "".join(f'  {day}: "9:00-17:30"\n' for day in ("monday", "tuesday", "wednesday", "friday"))
    read = facts.parse(GIVEN + "hours:\n" + days + '  saturday: "9:00-12:00"\n')
    assert read.text("hours") == (
        "Monday to Wednesday 9 a.m. to 5:30 p.m., Friday 9 a.m. to 5:30 p.m., Saturday 9 a.m. to noon"
    )


def test_words_never_change_meaning():
    read = facts.parse(GIVEN + "languages: no\ninsurers: 9:30\naddress: 02139\nclosed_days:\n  - 2030-01-01\n")
    assert (read.languages, read.insurers, read.address) == ("no", "9:30", "02139")
    assert read.closed_days == (datetime.date(2030, 1, 1),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GIVEN, []),
        (GIVEN.replace("216 555 0100", "480-4860"), [(2, "fact")]),
        (GIVEN.replace("216 555 0100", "+44 20 7946 0958"), [(2, "fact")]),
        (GIVEN.replace("The Clinic", ""), [(1, "fact")]),
        (GIVEN + "fone: 1\n", [(3, "fact")]),
        (GIVEN + "phone: 1\n", [(3, "key-twice")]),
        (GIVEN + "\n\nhours:\n  monday: 9am-5pm\n", [(5, "fact")]),
        (GIVEN + "hours:\n  monday: 17:00-9:00\n", [(3, "fact")]),
        (GIVEN + "hours: always\n", [(3, "fact")]),
        (GIVEN + "time_zone: Eastern\n", [(3, "fact")]),
        (GIVEN + "closed_days:\n  - 2030-02-30\n", [(3, "fact")]),
        (GIVEN + "languages:\n  - English\n", [(3, "fact")]),
        (GIVEN + "times:\n  morning: 8:00-14:00\n", [(3, "fact")]),  # runs into the afternoon
        (GIVEN + 'address: "1 Main\n', [(3, "quotes")]),
        (GIVEN + "\taddress: x\n", [(3, "tab")]),
        ("- name\n", [(1, "no-keys")]),
        ("", [(1, "fact"), (1, "fact")]),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path, text, found):
    assert faults(tmp_path, text) == found


def test_the_last_good_facts_stay_in_force(tmp_path, settings):
    settings.CONTENT_DIR = tmp_path
    file = tmp_path / "facts.yaml"
    file.write_text(GIVEN)
    assert facts.current().name == "The Clinic"
    file.write_text("name: [\n")
    assert facts.current().name == "The Clinic"
    file.write_text(GIVEN.replace("The Clinic", "The New Clinic"))
    assert facts.current().name == "The New Clinic"
