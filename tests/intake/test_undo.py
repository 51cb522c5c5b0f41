"""What staff did by a slip is taken back whole, for ten minutes, by who did it, and only while nobody acted since."""

import dataclasses
import datetime

import pytest

from intake import accepting, changing, standing, undo
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.stopped import StoppedNumber
from intake.submission import Submission
from intake.words import CrisisStep, Outcome, Resolution, Status
from tests.intake.conftest import NUMBER, code_of, store
from tests.intake.grid import DAY, MINUTE, OPEN, SOON, whole

CLAIM = {"claimed_by_id", "claimed_at", "claimed_until", "dial_until"}


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


def kept(request: CallbackRequest) -> dict:
    """Every column but those that count acts and say who has it."""
    return {name: value for name, value in whole(request).items() if name not in CLAIM | {"acts", "undo"}}


ACTS = {
    **{
        outcome: lambda request, user, now, outcome=outcome: request.record_attempt(
            user, outcome, now, later=now + DAY if outcome == Outcome.CALL_LATER else None, note="911 was called."
        )
        for outcome in Outcome
    },
    "booked": lambda request, user, now: request.record_attempt(user, Outcome.REACHED, now, visit=SOON),
    "not now": lambda request, user, now: request.record_attempt(
        user, Outcome.REACHED, now, resolution=Resolution.DECLINED_FOR_NOW, ask_again_days=60
    ),
    "closed": lambda request, user, now: request.close(user, Resolution.NOT_FOR_SELF, now, note="For a son."),
    "closed, to be asked again": lambda request, user, now: request.close(
        user, Resolution.DECLINED_FOR_NOW, now, ask_again_days=30
    ),
    "missed": lambda request, user, now: request.miss_visit(user, now),
    "moved": lambda request, user, now: request.book_visit(user, datetime.date(2026, 3, 20), now),
}


OF_VISITS = {"missed", "moved"}


@pytest.mark.parametrize(
    ("act", "status"), [(act, status) for act in ACTS for status in OPEN if act not in OF_VISITS or status == "booked"]
)
def test_what_is_taken_back_is_as_it_was_before_in_every_column(desk, act, status):
    request = desk.stands_at(status, "mine")
    CallbackRequest.objects.filter(pk=request.pk).update(
        called_back_at=desk.now, needs_look=True, dial_until=desk.now + 60 * MINUTE
    )
    request.refresh_from_db()
    before, acts = kept(request), request.acts
    ACTS[act](request, desk.jo, desk.now)
    done = kept(request)

    undo.undo_last(fresh(request), desk.jo, desk.now + MINUTE)

    is_try = done["ContactAttempt"] - before["ContactAttempt"]
    rows = {"ContactAttempt": before["ContactAttempt"] + 2 * is_try}  # the try and the row that reverses it
    rows |= {name: done[name] for name in ("StaffNote", "Visit")}  # what was written stays written
    assert kept(request) == before | rows
    after = fresh(request)
    assert (after.acts, after.undo, after.dial_until) == (acts + 2, None, None)
    assert (after.claimed_by, after.claimed_at, after.claimed_until) == (
        desk.jo,
        desk.now + MINUTE,
        desk.now + 21 * MINUTE,
    )


@pytest.fixture
def tried(desk):
    """A call that Jo has just written down as not answered."""
    request = desk.stands_at("new", "mine")
    request.record_attempt(desk.jo, Outcome.NO_ANSWER, desk.now)
    return request


def refused(request, user, now) -> bool:
    """It is refused, and changes nothing."""
    before = whole(request)
    with pytest.raises(Refused, match="can no longer be undone"):
        undo.undo_last(request, user, now)
    assert whole(request) == before
    return True


def test_it_can_be_taken_back_for_ten_minutes(desk, tried):
    assert undo.may_undo(tried, desk.jo, desk.now + 10 * MINUTE - datetime.timedelta(seconds=1))
    assert refused(fresh(tried), desk.jo, desk.now + 10 * MINUTE)


def test_who_did_it_or_a_supervisor_takes_it_back(desk, tried):
    assert refused(fresh(tried), desk.tom, desk.now)
    undo.undo_last(fresh(tried), desk.sue, desk.now)
    assert fresh(tried).claimed_by == desk.sue


def test_what_was_taken_back_is_not_taken_back_again(desk, tried):
    undo.undo_last(fresh(tried), desk.jo, desk.now)
    assert refused(fresh(tried), desk.jo, desk.now)
    assert refused(fresh(tried), desk.sue, desk.now)


MEANWHILE = {
    "another has taken the call": lambda request, desk: request.claim(desk.tom, desk.now),
    "a supervisor gave it to another": lambda request, desk: request.hand_over(
        desk.sue, desk.tom, desk.now, line="x", supervises=True
    ),
    "the client sent something": lambda request, desk: accepting.store(
        dataclasses.replace(request.submission, note="more"), desk.now
    ),
    "the client changed something": lambda request, desk: changing.change(
        code_of(request.versions.get()), lambda sent: dataclasses.replace(sent, text_ok=False), desk.now
    ),
    "the client took it back": lambda request, desk: changing.withdraw(code_of(request.versions.get()), desk.now),
    "the client gave another number": lambda request, desk: changing.change(
        code_of(request.versions.get()), lambda sent: dataclasses.replace(sent, phone="+12165559999"), desk.now
    ),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_it_is_not_taken_back_once_somebody_has_acted_since(desk, tried, meanwhile):
    before = fresh(tried)  # as who presses had it on the screen
    MEANWHILE[meanwhile](fresh(tried), desk)
    for user in (desk.jo, desk.sue):
        assert refused(fresh(tried), user, desk.now)
        assert refused(before, user, desk.now)


def test_a_step_in_a_crisis_is_an_act_too(desk):
    request = desk.stands_at("new", "mine")
    request.mark_crisis()
    request.refresh_from_db()
    request.record_attempt(desk.jo, Outcome.REACHED, desk.now)
    request.take_step(desk.jo, CrisisStep.TOLD, desk.now)
    assert refused(fresh(request), desk.jo, desk.now)


def test_who_did_it_may_take_the_call_again_first(desk, tried):
    fresh(tried).claim(desk.jo, desk.now + MINUTE)
    fresh(tried).hold_longer(desk.jo, desk.now + MINUTE)
    undo.undo_last(fresh(tried), desk.jo, desk.now + MINUTE)
    assert fresh(tried).status == Status.NEW


def test_only_the_last_act_is_taken_back(desk):
    request = desk.stands_at("new", "mine")
    request.record_attempt(desk.jo, Outcome.REACHED, desk.now)
    request.close(desk.jo, Resolution.CAME_BACK, desk.now)
    undo.undo_last(fresh(request), desk.jo, desk.now)
    assert fresh(request).status == Status.REACHED
    assert refused(fresh(request), desk.jo, desk.now)


def test_a_stale_copy_writes_nothing_over_what_was_taken_back(desk, tried):
    before = fresh(tried)
    undo.undo_last(fresh(tried), desk.jo, desk.now)
    with pytest.raises(Refused, match="meanwhile"):
        before.record_attempt(desk.jo, Outcome.BUSY, desk.now)


# A try that was taken back counts for nothing ---------------------------------------------------------------------


def test_the_row_that_reverses_a_try_stands_beside_it(desk, tried):
    undo.undo_last(fresh(tried), desk.jo, desk.now + MINUTE)
    rows = list(tried.attempts.order_by("made_at").values_list("made_by", "outcome", "reverses"))
    first = tried.attempts.get(reverses=None)
    assert rows == [(desk.jo.pk, "no_answer", None), (desk.jo.pk, "no_answer", first.pk)]
    assert list(tried.attempts.standing()) == []


def test_a_voicemail_that_was_taken_back_leaves_the_next_one_allowed(desk):
    request = desk.stands_at("new", "mine")
    request.record_attempt(desk.jo, Outcome.LEFT_VOICEMAIL, desk.now)
    assert not request.may_leave_voicemail(desk.now + MINUTE)
    undo.undo_last(fresh(request), desk.jo, desk.now + MINUTE)
    assert fresh(request).may_leave_voicemail(desk.now + MINUTE)


def test_the_cadence_counts_no_call_that_was_taken_back(desk, tried):
    fresh(tried).claim(desk.jo, desk.now)
    undo.undo_last(fresh(tried), desk.jo, desk.now)
    request = fresh(tried)
    request.record_attempt(desk.jo, Outcome.BUSY, desk.now)
    assert request.next_try_at == desk.now + 4 * 60 * MINUTE  # a call today would put it off until tomorrow
    assert request.tries == 1


def test_a_dead_line_that_was_a_slip_does_not_close_at_the_next(desk):
    request = desk.stands_at("new", "mine")
    request.record_attempt(desk.jo, Outcome.NOT_IN_SERVICE, desk.now)
    undo.undo_last(fresh(request), desk.jo, desk.now)
    request = fresh(request)
    request.record_attempt(desk.jo, Outcome.NOT_IN_SERVICE, desk.now)
    assert request.status == Status.TRYING


# The number, and the others at it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.ASKED_TO_STOP, Outcome.WRONG_NUMBER])
def test_a_stop_is_lifted_and_the_others_at_the_number_are_open_again(make_request, jo, now, outcome):
    stored, other = make_request(name="Sam"), make_request(name="Ana")
    before = kept(other)
    stored.claim(jo, now)
    stored.record_attempt(jo, outcome, now)
    assert (fresh(other).status, StoppedNumber.has(other.phone_hash)) == (Status.CLOSED, True)

    opened = undo.undo_last(fresh(stored), jo, now + MINUTE)

    assert opened == [other]
    assert kept(other) == before
    assert (fresh(other).claimed_by, fresh(stored).claimed_by) == (None, jo)


def test_a_stop_from_before_stays(make_request, jo, now):
    StoppedNumber.stop(make_request("+12165550101").phone_hash, now - DAY)
    request = make_request("+12165550101", at=now + MINUTE, name="Sam")
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.WRONG_NUMBER, now)
    undo.undo_last(fresh(request), jo, now)
    assert StoppedNumber.has(request.phone_hash)


def test_a_stop_that_a_talk_lifted_is_put_back(make_request, jo, now):
    request = make_request()
    StoppedNumber.stop(request.phone_hash, now - DAY)
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.REACHED, now)
    assert not StoppedNumber.has(request.phone_hash)
    undo.undo_last(fresh(request), jo, now + MINUTE)
    assert StoppedNumber.has(request.phone_hash)


def test_what_was_closed_stays_closed_where_they_asked_anew(make_request, jo, now):
    request = make_request()
    request.claim(jo, now)
    request.close(jo, Resolution.DUPLICATE, now)
    make_request(at=now + MINUTE)
    before = whole(request)
    with pytest.raises(Refused, match="They asked again meanwhile"):
        undo.undo_last(fresh(request), jo, now + 2 * MINUTE)
    assert whole(request) == before


def test_nobody_takes_back_what_rings_where_a_colleague_is_calling(make_request, jo, tom, now):
    stored, other = make_request(name="Sam"), make_request(name="Ana")
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.NO_ANSWER, now)
    other.claim(tom, now)
    with pytest.raises(Refused, match="Tom has this number now"):
        undo.undo_last(fresh(stored), jo, now + MINUTE)


def test_what_was_closed_with_another_is_opened_with_it_alone(make_request, jo, now):
    stored, other = make_request(name="Sam"), make_request(name="Ana")
    stored.claim(jo, now)
    stored.record_attempt(jo, Outcome.ASKED_TO_STOP, now)
    assert refused(fresh(other), jo, now + MINUTE)
    assert StoppedNumber.has(other.phone_hash)
    assert undo.undo_last(fresh(stored), jo, now + 2 * MINUTE) == [other]
    assert {fresh(stored).status, fresh(other).status} == {Status.NEW}


def test_a_crisis_that_came_in_after_the_closing_is_still_read(make_request, jo, now):
    request = make_request(name="Sam")
    request.claim(jo, now)
    request.record_attempt(jo, Outcome.CALL_LATER, now, later=now + DAY)
    request = fresh(request)
    request.claim(jo, now)
    request.close(jo, Resolution.DUPLICATE, now + 2 * MINUTE)
    accepting.store(Submission(NUMBER, name="Sam", note="I want to die"), now + MINUTE, waited=True)
    assert refused(fresh(request), jo, now + 3 * MINUTE)
    assert fresh(request).needs_look  # until somebody has read it


def test_what_came_back_after_a_pause_is_no_longer_taken_back(make_request, jo, now):
    request = store().request
    request.claim(jo, now)
    request.close(jo, Resolution.DECLINED_FOR_NOW, now, ask_again_days=30)
    CallbackRequest.objects.filter(pk=request.pk).update(ask_again_at=now)
    standing.come_back(fresh(request), now + MINUTE)
    assert refused(fresh(request), jo, now + 2 * MINUTE)
