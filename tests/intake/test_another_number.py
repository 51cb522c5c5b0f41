"""Another number is another request: it takes along what is its own, and nothing of who else asked at the old one."""

import datetime

import pytest

from intake import accepting, changing, undo
from intake.answers import Answers
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Look, Outcome, Resolution, Status
from tests.intake.conftest import MINUTE, NUMBER, TUESDAY_10, change, code_of, opens, requests, store, withdraw

OTHER = "+12165550199"


def at(number: str) -> list[CallbackRequest]:
    """The open requests at a number."""
    return [request for request in CallbackRequest.objects.open() if request.submission.phone == number]


def test_another_number_ends_the_code_and_gives_a_new_one(db):
    old = code_of(store(name="Sam", note="words"))
    moved = change(old, phone=OTHER)
    assert opens(old, TUESDAY_10 + MINUTE) is None
    assert opens(code_of(moved), TUESDAY_10 + MINUTE) == moved
    assert (moved.submission.phone, moved.submission.name, moved.submission.note) == (OTHER, "Sam", "words")


def test_nobody_is_called_at_the_number_that_was_left(db):
    moved = change(code_of(store(note="I want to die")), phone=OTHER)
    left, now_open = requests()
    assert (left.status, left.resolution, left.moved_to) == (Status.CLOSED, Resolution.DUPLICATE, moved.request)
    assert (now_open.status, now_open.crisis) == (Status.NEW, True)


def test_what_was_left_for_another_number_cannot_be_opened_again(db, jo):
    version = store()
    change(code_of(version), phone=OTHER)
    [left] = [request for request in requests() if request.moved_to]
    assert not undo.may_undo(left, jo, TUESDAY_10 + MINUTE)
    with pytest.raises(Refused):
        undo.undo_last(left, jo, TUESDAY_10 + MINUTE)


def test_the_promise_and_a_mark_by_staff_go_along_and_the_tries_do_not(db, jo):
    version = store()
    version.request.mark_crisis()
    promised = version.request.call_by
    moved = change(code_of(version), TUESDAY_10 + datetime.timedelta(days=1), phone=OTHER).request
    assert (moved.call_by, moved.crisis, moved.tries) == (promised, True, 0)


def test_a_promise_that_was_kept_does_not_go_along(db, jo):
    version = store()
    version.request.claim(jo, TUESDAY_10)
    version.request.record_attempt(jo, Outcome.NO_ANSWER, TUESDAY_10)
    moved = change(code_of(version), TUESDAY_10 + datetime.timedelta(days=1), phone=OTHER).request
    assert moved.call_by > version.request.call_by


def test_who_changed_their_choices_first_leaves_the_old_number_all_the_same(db):
    code = code_of(store())
    change(code, text_ok=True)
    change(code, TUESDAY_10 + 2 * MINUTE, phone=OTHER)
    assert [request.submission.phone for request in CallbackRequest.objects.open()] == [OTHER]


def test_the_choices_of_who_left_count_no_more_where_others_wait(db):
    code = code_of(store(name="Sam"))
    store(text_ok=True, note="by someone else")
    change(code, phone=OTHER)
    assert at(NUMBER)[0].text_ok


def test_a_stranger_who_knows_the_number_cannot_take_the_request_along(db):
    """Someone types Sam's number without a name, and by the code of that gives their own."""
    sam = store(name="Sam", note="private words")
    stranger = change(code_of(store(TUESDAY_10 + MINUTE)), phone=OTHER)
    assert [request.submission.name for request in at(NUMBER)] == ["Sam"]
    assert stranger.request != sam.request
    assert (stranger.submission.name, stranger.submission.note) == ("", "")
    assert opens(code_of(sam)) == sam


def test_a_number_with_an_open_request_of_theirs_is_joined(db):
    waiting = store(phone=OTHER, name="Sam")
    moved = change(code_of(store(name="Sam")), phone=OTHER)
    assert moved.request == waiting.request
    assert len(at(OTHER)) == 1


def test_a_request_that_is_joined_keeps_its_own_mark_and_earlier_promise(db):
    waiting, day = store(phone=OTHER, name="Sam").request, datetime.timedelta(days=1)
    waiting.mark_crisis()
    moved = change(code_of(store(TUESDAY_10 + day, name="Sam")), TUESDAY_10 + day, phone=OTHER).request
    assert (moved.crisis, moved.call_by) == (True, waiting.call_by)


def test_a_second_press_of_save_gives_the_same_new_code(db):
    old = code_of(store())
    moved = change(old, phone=OTHER)
    assert change(old, TUESDAY_10 + 2 * MINUTE, phone=OTHER) == moved
    assert change(old, TUESDAY_10 + 12 * MINUTE, phone=OTHER) is None
    assert Answers.objects.count() == 2


def test_an_ended_code_tells_nobody_the_new_one(db):
    old = code_of(store())
    moved = change(old, phone=OTHER)
    assert change(old, TUESDAY_10 + 2 * MINUTE) is None
    assert change(old, TUESDAY_10 + 2 * MINUTE, phone="+12165550188") is None
    withdraw(moved, TUESDAY_10 + 2 * MINUTE)
    assert not changing.withdraw(old, TUESDAY_10 + 2 * MINUTE)


def test_an_ended_code_does_not_open_what_is_asked_anew(db):
    old, hour = code_of(store()), 60 * MINUTE
    change(old, phone=OTHER)
    store(TUESDAY_10 + 2 * MINUTE)
    assert change(old, TUESDAY_10 + 3 * MINUTE) is None
    store(TUESDAY_10 + hour, phone=OTHER)
    assert change(old, TUESDAY_10 + hour + MINUTE, phone=OTHER) is None


def test_an_ended_code_is_not_told_that_others_took_theirs_back(db):
    old, other = code_of(store(name="Sam")), store(note="by someone else")
    change(old, phone=OTHER)
    withdraw(other, TUESDAY_10 + 2 * MINUTE)
    assert not changing.withdraw(old, TUESDAY_10 + 3 * MINUTE)


def test_who_held_the_old_number_does_not_hold_the_new_one(db, jo, tom):
    version, waiting = store(name="Sam"), store(TUESDAY_10 + MINUTE, phone=OTHER, name="Sam")
    version.request.claim(jo, TUESDAY_10)
    waiting.request.claim(tom, TUESDAY_10)
    change(code_of(version), phone=OTHER)
    assert [request.claimed_by for request in requests()] == [None, tom]


def test_the_name_of_one_who_left_is_not_asked_for_at_the_old_number(db):
    store(note="by someone else")
    change(code_of(store(TUESDAY_10 + MINUTE, name="Sam")), TUESDAY_10 + 2 * MINUTE, phone=OTHER)
    [left_there] = at(NUMBER)
    assert left_there.submission.name == ""


def test_a_broken_promise_goes_along_too(db):
    version = store()
    late = version.request.overdue_from + MINUTE
    moved = change(code_of(version), late, phone=OTHER).request
    assert moved.overdue_from == version.request.overdue_from
    assert moved.is_overdue(late)


def test_what_was_agreed_on_the_phone_goes_along(db, jo):
    version = store()
    version.request.claim(jo, TUESDAY_10)
    friday = TUESDAY_10 + datetime.timedelta(days=3)
    version.request.record_attempt(jo, Outcome.CALL_LATER, TUESDAY_10, later=friday)
    moved = change(code_of(version), phone=OTHER).request
    assert (moved.status, moved.next_try_at) == (Status.REACHED, friday)


def test_why_a_person_looks_goes_along(db):
    version = accepting.store(Submission(NUMBER), TUESDAY_10, (Look.TRAP,))
    assert change(code_of(version), phone=OTHER).request.needs_look


def test_and_back_to_the_first_number(db):
    first = store()
    second = change(code_of(first), phone=OTHER)
    third = change(code_of(second), TUESDAY_10 + 2 * MINUTE, phone=NUMBER)
    assert [request.submission.phone for request in CallbackRequest.objects.open()] == [NUMBER]
    assert opens(code_of(third), TUESDAY_10 + 3 * MINUTE) == third


def test_who_cancels_in_a_crowd_ends_no_others_request(db):
    for number, name in enumerate(("Ana", "Bo", "Cy", "Di", "Ed")):
        store(TUESDAY_10 + number * MINUTE, name=name)
    flo = store(TUESDAY_10 + 6 * MINUTE, name="Flo")
    assert withdraw(flo, TUESDAY_10 + 7 * MINUTE)
    assert CallbackRequest.objects.open().count() == 5
    assert requests()[4].submission.name == "Ed"
    assert opens(code_of(flo), TUESDAY_10 + 8 * MINUTE) is None
