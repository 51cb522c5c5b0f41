"""Every verb from every status, whoever holds the request: allowed or refused. What is refused changes nothing."""

import dataclasses
import datetime

import pytest

from intake import accepting, changing, standing, undo
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.words import CrisisStep, Outcome, Resolution
from tests.intake.conftest import code_of
from tests.intake.grid import AT_HAND, DAY, EVERY, HOLDINGS, HOUR, LIVE, OPEN, SOON, allowed, whole

CLAIM = {"claimed_by_id", "claimed_at", "claimed_until"}
ACT = {"acts", "undo"}


def told(desk, status: str, held: str, verb) -> str:
    with pytest.raises(Refused) as refused:
        verb(desk.stands_at(status, held))
    return str(refused.value)


# How it went ------------------------------------------------------------------------------------------------------

BY_OUTCOME = {"tries", "acts", "undo", "ContactAttempt"}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_try_is_written_down_by_who_holds_the_call(desk, outcome):
    later = desk.now + DAY if outcome == Outcome.CALL_LATER else None
    note = "911 was called." if outcome == Outcome.IN_CRISIS else ""
    went = allowed(desk, lambda request: request.record_attempt(desk.jo, outcome, desk.now, later=later, note=note))
    assert set(went) == AT_HAND
    for (status, held), changed in went.items():
        assert set(changed) >= BY_OUTCOME, (status, held)
        assert ("claimed_by_id" in changed) == (outcome not in {Outcome.REACHED, Outcome.THEY_CALLED})
        assert changed.get("claimed_by_id") is None
        assert changed["undo"]["before"]["status"] == status


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Outcome.NO_ANSWER, {"new": "trying", "trying": "trying", "reached": "reached", "booked": "booked"}),
        (Outcome.TEXT_SENT, {"new": "trying", "trying": "trying", "reached": "reached", "booked": "booked"}),
        (Outcome.CALL_LATER, {"new": "reached", "trying": "reached", "reached": "reached"}),
        (Outcome.REACHED, {"new": "reached", "trying": "reached", "reached": "reached"}),
        (Outcome.WRONG_NUMBER, dict.fromkeys(OPEN, "closed")),
    ],
)
def test_where_a_try_leads_from_each_status(desk, outcome, after):
    """A miss does not unsay that we talked, nor that a visit is booked."""
    for status, then in after.items():
        request = desk.stands_at(status, "mine")
        request.record_attempt(desk.jo, outcome, desk.now, later=desk.now + DAY)
        assert whole(request)["status"] == then, status


def test_closing_is_for_who_holds_the_call(desk):
    went = allowed(desk, lambda request: request.close(desk.jo, Resolution.CAME_BACK, desk.now, note="Came."))
    assert set(went) == AT_HAND
    for (status, _), changed in went.items():
        assert (changed["status"], changed["resolution"], changed["closed_at"]) == ("closed", "came_back", desk.now)
        due = {"next_try_at", "overdue_from"} if status != "booked" else set()
        assert set(changed) == {"status", "resolution", "closed_at", "StaffNote"} | ACT | CLAIM | due


def test_a_visit_is_missed_only_where_one_is_booked_and_agreed_only_in_a_talk(desk):
    def miss(request):
        request.miss_visit(desk.jo, desk.now, note="Did not come.")

    def move(request):
        request.book_visit(desk.jo, datetime.date(2026, 3, 20), desk.now)

    booked = {("booked", "mine"), ("booked", "mine_before")}
    went = allowed(desk, miss)
    assert set(went) == booked
    for changed in went.values():
        assert (changed["status"], changed["visit_id"], changed["next_try_at"]) == ("reached", None, desk.now)
        assert (
            set(changed)
            == {"status", "visit_id", "next_try_at", "overdue_from", "time_agreed", "StaffNote"} | ACT | CLAIM
        )
    went = allowed(desk, move)
    reached = {("reached", "mine"), ("reached", "mine_before")}
    assert set(went) == booked | reached
    moved = {"visit_id", "Visit"} | ACT | CLAIM
    agreed = moved | {"status", "booked_at", "next_try_at", "overdue_from"}
    for at, changed in went.items():
        assert set(changed) - {"time_agreed"} == (agreed if at in reached else moved)


@pytest.mark.parametrize("day", [datetime.date(2026, 3, 2), datetime.date(2026, 5, 3)])
def test_no_visit_is_booked_or_moved_to_a_day_gone_by_or_too_far_off(desk, day):
    assert allowed(desk, lambda request: request.book_visit(desk.jo, day, desk.now)) == {}
    went = allowed(desk, lambda request: request.record_attempt(desk.jo, Outcome.REACHED, desk.now, visit=day))
    assert went == {}


def test_a_visit_may_be_today_or_60_days_ahead(desk):
    for day in (datetime.date(2026, 3, 3), datetime.date(2026, 5, 2)):
        request = desk.stands_at("booked", "mine")
        request.book_visit(desk.jo, day, desk.now)
        assert CallbackRequest.objects.get(pk=request.pk).visit.day == day


# Crisis -----------------------------------------------------------------------------------------------------------


def test_a_step_is_stamped_by_who_holds_the_call_and_only_in_a_crisis(desk):
    def step(request):
        request.take_step(desk.jo, CrisisStep.TOLD, desk.now)

    def marked_step(request):
        request.mark_crisis()
        request.refresh_from_db()
        step(request)

    assert allowed(desk, step) == {}
    for status in OPEN:
        for held in HOLDINGS:
            request = desk.stands_at(status, held)
            if (status, held) in AT_HAND:
                marked_step(request)
            else:
                with pytest.raises(Refused):
                    marked_step(request)
            assert request.steps.count() == ((status, held) in AT_HAND)


def test_the_steps_are_stamped_once_and_in_their_order(desk):
    request = desk.stands_at("new", "mine")
    request.mark_crisis()
    request.refresh_from_db()
    for step in CrisisStep:
        for other in set(CrisisStep) - {step}:
            with pytest.raises(Refused, match="order"):
                request.take_step(desk.jo, other, desk.now)
        request.take_step(desk.jo, step, desk.now)
    with pytest.raises(Refused, match="order"):
        request.take_step(desk.jo, CrisisStep.DONE, desk.now)
    assert list(request.steps.values_list("step", flat=True)) == list(CrisisStep)


def test_only_a_closed_one_that_waits_to_be_read_is_looked_at(desk):
    assert allowed(desk, lambda request: request.look_at(desk.jo, desk.now, note="Read.")) == {}
    request = desk.stands_at("closed")
    CallbackRequest.objects.filter(pk=request.pk).update(crisis=True, needs_look=True)
    request.refresh_from_db()
    before = whole(request)
    with pytest.raises(Refused, match="what was done"):
        request.look_at(desk.jo, desk.now, note=" ")
    assert whole(request) == before
    request.look_at(desk.jo, desk.now, note="A clinician called.")
    assert whole(request) == before | {"needs_look": False, "StaffNote": 1}
    with pytest.raises(Refused, match="meanwhile"):
        request.look_at(desk.tom, desk.now, note="Again.")
    assert whole(request)["StaffNote"] == 1


# Against their times, or an earlier stop --------------------------------------------------------------------------


def test_a_supervisor_allows_dialling_only_to_who_holds_the_call_now(desk):
    went = allowed(desk, lambda request: request.allow_dialling(desk.sue, desk.now, reason="They asked."))
    assert went == dict.fromkeys(LIVE, {"dial_until": desk.now + HOUR, "StaffNote": 1})
    assert allowed(desk, lambda request: request.allow_dialling(desk.sue, desk.now, reason=" ")) == {}


# Taking back ------------------------------------------------------------------------------------------------------


def test_what_nobody_did_just_now_is_not_taken_back(desk):
    assert allowed(desk, lambda request: undo.undo_last(request, desk.jo, desk.now)) == {}
    assert allowed(desk, lambda request: undo.undo_last(request, desk.sue, desk.now)) == {}


# The client and the house -----------------------------------------------------------------------------------------


def test_a_client_takes_back_whoever_holds_the_call(desk):
    def withdraw(request):
        return changing.withdraw(code_of(request.versions.get()), desk.now)

    went = allowed(desk, withdraw)
    assert set(went) == EVERY
    for (_, held), changed in went.items():
        assert (changed["status"], changed["resolution"], changed["times_sent"]) == ("closed", "withdrawn", 2)
        assert changed.get("claimed_by_id") is None and ("claimed_by_id" in changed) == (held != "free")


def test_a_client_changes_whoever_holds_the_call_and_it_stays_theirs(desk):
    def change(request):
        code = code_of(request.versions.get())
        made = changing.change(code, lambda sent: dataclasses.replace(sent, text_ok=False), desk.now)
        return made is not None

    went = allowed(desk, change)
    assert set(went) == EVERY
    for changed in went.values():
        assert {name: changed[name] for name in set(changed) - {"undo"}} == {"text_ok": False, "times_sent": 2}
        assert changed.get("undo") is None


def test_who_asks_again_joins_what_is_open_and_never_opens_what_is_closed(desk):
    def ask(request):
        sent = dataclasses.replace(request.submission, note="please")
        return accepting.store(sent, desk.now).request.pk == request.pk

    went = allowed(desk, ask)
    assert set(went) == EVERY
    for changed in went.values():
        assert changed["times_sent"] == 2 and changed.get("undo") is None
        assert not {"status", "acts", "tries", "call_by", *CLAIM} & set(changed)


def test_no_verb_saves_over_what_the_client_changed(desk):
    verbs = {
        "claim": lambda request: request.claim(desk.jo, desk.now),
        "release": lambda request: request.release(desk.jo, desk.now),
        "hand over": lambda request: request.hand_over(desk.jo, desk.ana, desk.now, line="x"),
        "try": lambda request: request.record_attempt(desk.jo, Outcome.NO_ANSWER, desk.now),
        "close": lambda request: request.close(desk.jo, Resolution.DUPLICATE, desk.now),
        "miss": lambda request: request.miss_visit(desk.jo, desk.now),
        "move": lambda request: request.book_visit(desk.jo, SOON, desk.now),
        "allow": lambda request: request.allow_dialling(desk.jo, desk.now, reason="x"),
    }
    for name, verb in verbs.items():
        request = desk.stands_at("booked", "mine")
        accepting.store(dataclasses.replace(request.submission, note="more"), desk.now)
        before = whole(request)
        with pytest.raises(Refused, match="They changed their request just now"):
            verb(request)
        assert whole(request) == before, name


def test_only_what_is_closed_is_purged(desk):
    kept = {desk.stands_at(status, held).pk for status, held in EVERY}
    desk.stands_at("closed")
    assert CallbackRequest.objects.purge(desk.now + 1000 * DAY) == 1
    assert set(CallbackRequest.objects.values_list("pk", flat=True)) == kept


def test_only_what_agreed_to_be_asked_again_comes_back(desk):
    went = allowed(desk, lambda request: standing.come_back(request, desk.now + 1000 * DAY))
    assert all(changed == {} for changed in went.values())


def test_each_refusal_says_why(desk):
    def write(request):
        request.record_attempt(desk.jo, Outcome.NO_ANSWER, desk.now)

    assert told(desk, "new", "theirs", write) == "Tom has this call now."
    assert told(desk, "closed", "free", write) == "This request is closed: Duplicate."
    assert told(desk, "trying", "theirs_before", write) == "You no longer hold this call. Take it again first."
    assert told(desk, "new", "switched_off", write) == "You no longer hold this call. Take it again first."
