"""With the private code a client changes their own request or takes it back, and nobody else's."""

import datetime

import pytest

from intake import accepting, standing
from intake.answers import Answers, PrivateCode
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Look, Outcome, Resolution, Status
from tests.intake.conftest import MINUTE, NUMBER, TUESDAY_10, at_once, change, code_of, opens, requests, store, withdraw

OTHER = "+12165550199"


def at(number: str) -> list[CallbackRequest]:
    """The open requests at a number."""
    return [request for request in CallbackRequest.objects.open() if request.submission.phone == number]


# Taking it back -----------------------------------------------------------------------------------------------


def test_what_was_taken_back_is_closed_and_not_dialled(db):
    assert withdraw(store())
    [request] = requests()
    assert (request.status, request.resolution, request.next_try_at) == (Status.CLOSED, Resolution.WITHDRAWN, None)
    assert request.times_sent == 2


def test_a_second_press_of_cancel_is_answered_like_the_first(db):
    version = store()
    assert withdraw(version) and withdraw(version, TUESDAY_10 + MINUTE)
    assert not withdraw(version, TUESDAY_10 + 11 * MINUTE)


def test_cancel_is_not_said_of_what_staff_closed(db, jo):
    version = store()
    version.request.claim(jo, TUESDAY_10)
    version.request.close(jo, Resolution.CAME_BACK, TUESDAY_10)
    assert not withdraw(version, TUESDAY_10 + MINUTE)


def test_any_of_its_codes_takes_back_one_request_and_not_another_persons(db):
    older, newer, other = store(name="Sam"), store(name="Sam", note="x"), store(name="Ana")
    withdraw(older)
    assert opens(code_of(newer)) is None
    assert opens(code_of(other)) == other


@pytest.mark.parametrize("notes", [("I want to die",), ("x", "I want to die")])
def test_a_crisis_that_is_taken_back_is_still_read_by_a_person(db, notes):
    versions = [store(TUESDAY_10 + number * MINUTE, note=note) for number, note in enumerate(notes)]
    withdraw(versions[0], TUESDAY_10 + 5 * MINUTE)
    [request] = requests()
    assert (request.status, request.needs_look) == (Status.CLOSED, True)
    assert request in CallbackRequest.objects.needing_a_look()
    assert request not in CallbackRequest.objects.open()


def test_a_crisis_that_came_in_between_is_not_closed_unread(db):
    """What was known of the request when the client pressed Cancel is older than what stands."""
    known = store().request
    store(TUESDAY_10 + MINUTE, note="I want to die")
    standing.withdraw(known, TUESDAY_10 + MINUTE)
    assert requests()[0].needs_look


def test_a_crisis_that_is_taken_back_is_told_to_staff_again(db):
    version = store(note="I want to die")
    CallbackRequest.objects.update(told_at=TUESDAY_10)
    withdraw(version)
    assert CallbackRequest.objects.untold().exists()


def test_what_staff_closed_in_between_stays_as_they_closed_it(db, jo):
    known = store().request
    known.claim(jo, TUESDAY_10)
    known.close(jo, Resolution.CAME_BACK, TUESDAY_10)
    standing.withdraw(known, TUESDAY_10 + MINUTE)
    assert requests()[0].resolution == Resolution.CAME_BACK


# Changing choices ---------------------------------------------------------------------------------------------


def test_their_own_change_may_allow_more(db):
    code = code_of(store(name="Sam"))
    changed = change(code, voicemail_ok=True)
    assert changed.request.voicemail_ok
    assert opens(code, TUESDAY_10 + MINUTE) == changed
    assert changed.submission.name == "Sam"


def test_a_change_by_one_link_does_not_undo_what_came_by_another(db):
    code = code_of(store())
    store(note="by someone else")
    assert not change(code, voicemail_ok=True).request.voicemail_ok


def test_what_cannot_be_opened_allows_nothing(db):
    damaged, other = store(voicemail_ok=True), store(voicemail_ok=True, note="x")
    Answers.objects.filter(pk=damaged.pk).update(sealed=b"damaged")
    assert not change(code_of(other), text_ok=True).request.voicemail_ok


def test_the_same_change_sent_twice_is_made_once(db):
    code = code_of(store())
    assert change(code, text_ok=True) == change(code, TUESDAY_10 + 2 * MINUTE, text_ok=True)
    assert Answers.objects.count() == 2


def test_choices_alone_move_no_clock(db, jo):
    version = store()
    version.request.claim(jo, TUESDAY_10)
    friday = TUESDAY_10 + datetime.timedelta(days=3)
    version.request.record_attempt(jo, Outcome.CALL_LATER, TUESDAY_10, later=friday)
    before = CallbackRequest.objects.get()
    after = change(code_of(version), text_ok=True).request
    assert (after.next_try_at, after.overdue_from, after.call_by) == (friday, before.overdue_from, before.call_by)
    assert change(code_of(version), preferred_times=("morning",)).request.next_try_at < friday


def test_times_that_are_unpicked_count_no_more(db):
    code = code_of(store(preferred_times=("evening",)))
    assert change(code, preferred_times=()).request.preferred_times == []


def test_of_two_versions_the_newer_ones_times_count(db):
    store(preferred_times=("morning",))
    newer = store(TUESDAY_10 + MINUTE, note="x", preferred_times=("evening",))
    assert change(code_of(newer), TUESDAY_10 + 2 * MINUTE, text_ok=True).request.preferred_times == ["evening"]


def test_changed_times_when_nobody_is_here_need_a_look(db, clinic_with):
    clinic_with('hours:\n  tuesday: "9:00-17:00"\n')
    assert change(code_of(store()), preferred_times=("evening",)).request.needs_look


def test_a_change_of_times_does_not_take_away_a_look(db):
    version = accepting.store(Submission(NUMBER), TUESDAY_10, (Look.TRAP,))
    assert change(code_of(version), preferred_times=("morning",)).request.needs_look


def test_a_code_ends_after_thirty_days(db):
    code = code_of(store())
    assert opens(code, TUESDAY_10 + datetime.timedelta(days=29))
    assert opens(code, TUESDAY_10 + datetime.timedelta(days=30)) is None


def test_the_thirty_days_count_from_each_press(db):
    store()
    newer = store(TUESDAY_10 + MINUTE, note="x")
    assert opens(code_of(newer), TUESDAY_10 + datetime.timedelta(days=30)) == newer


def test_staff_cannot_save_over_a_change(db, jo):
    version = store()
    held = CallbackRequest.objects.get()
    held.claim(jo, TUESDAY_10)
    change(code_of(version), text_ok=True)
    with pytest.raises(Refused, match="They changed their request just now"):
        held.close(jo, Resolution.CAME_BACK, TUESDAY_10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changes", [{"text_ok": True}, {"phone": OTHER}])
def test_save_pressed_many_times_at_once_is_one_change(changes):
    code = code_of(store())
    seen = at_once(*[lambda: change(code, **changes)] * 6)
    assert len(seen) == 6 and len(set(seen)) == 1
    assert Answers.objects.count() == 2
    assert PrivateCode.objects.filter(ended_at=None).count() == 1
