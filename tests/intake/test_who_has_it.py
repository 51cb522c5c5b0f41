"""Who may take, hold, give back or hand over a request, from every status and whoever holds it."""

import pytest

from intake import accepting
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Outcome
from tests.intake.conftest import MINUTE, staff
from tests.intake.grid import AT_HAND, EVERY, OPEN, allowed


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


def at_one_number(desk, name: str) -> CallbackRequest:
    return accepting.store(Submission("+12165550143", name=name), desk.now).request


def test_a_call_is_taken_unless_somebody_has_it(desk):
    went = allowed(desk, lambda request: request.claim(desk.jo, desk.now))
    assert set(went) == EVERY - {(status, "theirs") for status in OPEN}
    until = desk.now + 20 * MINUTE
    theirs = {"claimed_by_id": desk.jo.pk, "claimed_at": desk.now, "claimed_until": until}
    for (status, held), changed in went.items():
        undone = {"undo": None} if status != "new" and "undo" in changed else {}
        assert theirs | changed == theirs | undone, (status, held)


def test_only_a_live_claim_is_held_longer(desk):
    later = desk.now + 5 * MINUTE
    went = allowed(desk, lambda request: request.hold_longer(desk.jo, later))
    assert went == {(status, "mine"): {"claimed_until": later + 20 * MINUTE} for status in OPEN}


def test_a_claim_is_held_for_60_minutes_and_no_longer(desk):
    request = desk.stands_at("new", "mine")
    for minutes in (15, 30, 45):
        assert request.hold_longer(desk.jo, desk.now + minutes * MINUTE)
    assert fresh(request).claimed_until == desk.now + 60 * MINUTE
    assert request.hold_longer(desk.jo, desk.now + 59 * MINUTE)
    assert not request.hold_longer(desk.jo, desk.now + 60 * MINUTE)
    assert fresh(request).claimed_until == desk.now + 60 * MINUTE


def test_who_holds_it_gives_it_back(desk):
    went = allowed(desk, lambda request: request.release(desk.jo, desk.now))
    assert went == dict.fromkeys(AT_HAND, {"claimed_by_id": None, "claimed_at": None, "claimed_until": None})


def test_a_supervisor_frees_anyones(desk):
    went = allowed(desk, lambda request: request.release(desk.sue, desk.now, supervises=True))
    freed = {"claimed_by_id": None, "claimed_at": None, "claimed_until": None}
    assert went == {at: {} if at[1] == "free" else freed for at in EVERY}


@pytest.mark.parametrize("supervises", [False, True])
def test_a_call_is_handed_to_a_colleague_by_who_holds_it_or_a_supervisor(desk, supervises):
    by = desk.sue if supervises else desk.jo

    def verb(request):
        request.hand_over(by, desk.ana, desk.now, line="Speaks Spanish.", supervises=supervises)

    went = allowed(desk, verb)
    assert set(went) == (EVERY if supervises else AT_HAND)
    for changed in went.values():
        assert (changed["claimed_by_id"], changed.get("undo")) == (desk.ana.pk, None)
        assert changed.get("claimed_until", desk.now + 20 * MINUTE) == desk.now + 20 * MINUTE
        assert set(changed) - {"undo", "claimed_at", "claimed_until"} == {"claimed_by_id", "acts", "StaffNote"}


@pytest.mark.parametrize("to", ["gone", "nobody"])
def test_nobody_hands_over_without_a_line_or_to_who_cannot_call(desk, to):
    desk.nobody = staff("Ed")
    for colleague, line in ((desk.ana, "  "), (getattr(desk, to), "x")):
        went = allowed(desk, lambda request, c=colleague, x=line: request.hand_over(desk.jo, c, desk.now, line=x))
        assert went == {}


def test_a_number_is_not_taken_by_an_account_that_is_off(desk):
    held, other = (at_one_number(desk, name) for name in ("Sam", "Ana"))
    held.claim(desk.gone, desk.now)
    other.claim(desk.jo, desk.now)
    assert fresh(other).holder(desk.now) == desk.jo


def test_a_number_is_free_again_when_the_claim_at_it_has_run_out(desk):
    held, other = (at_one_number(desk, name) for name in ("Sam", "Ana"))
    held.claim(desk.tom, desk.now)
    later = desk.now + 21 * MINUTE
    other.claim(desk.jo, later)
    assert fresh(other).holder(later) == desk.jo


def test_nothing_is_handed_to_who_would_ring_where_another_is_calling(desk):
    sam, ana = (at_one_number(desk, name) for name in ("Sam", "Ana"))
    sam.claim(desk.jo, desk.now)
    ana.claim(desk.jo, desk.now)
    with pytest.raises(Refused, match="Jo has this number now"):
        sam.hand_over(desk.jo, desk.tom, desk.now, line="x")
    assert fresh(sam).holder(desk.now) == desk.jo


@pytest.mark.parametrize("status", ["trying", "reached"])
def test_of_two_copies_in_one_status_one_writes(desk, status):
    """The status is the same after it: that staff did something tells them apart."""
    request = desk.stands_at(status, "mine")
    stale = fresh(request)
    request.record_attempt(desk.jo, Outcome.NO_ANSWER, desk.now)
    fresh(request).claim(desk.jo, desk.now)
    with pytest.raises(Refused, match="Something was written down meanwhile"):
        stale.record_attempt(desk.jo, Outcome.NO_ANSWER, desk.now)
    assert fresh(request).tries == 2
