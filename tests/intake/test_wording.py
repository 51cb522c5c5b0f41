"""What the desk says of a request: what they chose, what was promised, what to know before dialling."""

import datetime

import pytest

from intake.admin import wording
from intake.cadence import Calendar
from intake.words import Look, Resolution, Status
from reentry_site import facts
from tests.intake.conftest import TUESDAY_10

NIGHT = datetime.datetime(2026, 3, 4, 4, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (True, ["Voicemail OK", "Text OK", "OK to say Tal Behavioral Health"]),
        (False, ["No voicemail", "No text", "Don’t say who we are"]),
    ],
)
def test_each_way_of_contact_is_told_as_they_chose(make_request, allowed, words):
    stored = make_request(voicemail_ok=allowed, text_ok=allowed, may_say_clinic_name=allowed)
    assert wording.contact_words(stored, facts.current()) == [(allowed, each) for each in words]


@pytest.mark.parametrize(("allowed", "messages"), [(True, {"voicemail", "text"}), (False, set())])
def test_the_script_has_no_message_that_they_did_not_allow(make_request, jo, allowed, messages):
    stored = make_request(text_ok=allowed)
    script = wording.script(stored, stored.submission, jo, facts.current(), voicemail=allowed)
    assert script.keys() & {"voicemail", "text"} == messages


@pytest.mark.parametrize(("lines", "promised"), [("", False), ('hours:\n  monday: "9:00-17:00"\n', True)])
def test_a_promise_is_named_only_where_the_clinic_gave_its_hours(make_request, now, lines, promised):
    clinic = facts.parse(f"name: C\nphone: 216 555 0100\n{lines}")
    assert ("promised by" in wording.standing(make_request(), clinic, now)) == promised


@pytest.mark.parametrize(
    ("moment", "times", "said"),
    [
        (TUESDAY_10, (), []),
        (TUESDAY_10, ("morning",), []),
        (TUESDAY_10, ("evening",), ["It is not their time now. Their good time: evening."]),
        (NIGHT, ("evening",), ["Nobody is called before 8 in the morning or after 9 in the evening."]),
    ],
)
def test_why_a_number_is_not_dialled_now_is_told(make_request, moment, times, said):
    stored = make_request(preferred_times=times)
    assert wording.barriers(stored, Calendar(facts.current()), moment) == said
    assert stored.may_be_dialled(moment) == (not said)


@pytest.mark.parametrize(
    ("resolution", "said"),
    [(Resolution.WITHDRAWN, "They took this back: do not call."), (Resolution.CAME_BACK, "This came in after")],
)
def test_a_crisis_on_a_closed_request_says_why_it_is_there(make_request, resolution, said):
    stored = make_request()
    stored.status, stored.resolution, stored.needs_look = Status.CLOSED, resolution, True
    assert wording.cautions(stored, Calendar(facts.current()), NIGHT)[0].startswith(said)


def test_a_filled_in_trap_is_told_as_perhaps_a_person(make_request):
    said = wording.cautions(make_request(look=("trap",)), Calendar(facts.current()), NIGHT)
    assert said == [Look.TRAP.label, "It was set aside. Read it, then call or close."]
