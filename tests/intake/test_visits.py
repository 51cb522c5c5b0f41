"""First visits on the card, being asked again, steps in a crisis, and who may close with which reason."""

import datetime

import pytest

from intake import standing, visits
from intake.attempts import StepTaken, Visit
from intake.models import CallbackRequest
from intake.words import CrisisStep, Outcome, Resolution, Status
from tests.intake.conftest import QUEUE, TUESDAY_10, card, on_record, staff

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now(clock):
    return clock.now


@pytest.fixture
def held(client_of, jo, make_request):
    """A request on Jo's screen."""
    stored = make_request("+12165550187", name="Sam")
    client_of(jo).post(card(stored, "take"))
    return stored


@pytest.fixture
def press(client_of, jo, held):
    return lambda verb, **sent: client_of(jo).post(card(held, verb), sent, follow=True).content.decode()


def fresh(stored: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=stored.pk)


# The first visit ----------------------------------------------------------------------------------------------


def test_talked_with_a_day_is_booked_and_without_one_reached(press, held):
    press("attempt", outcome="coming_back")
    assert (fresh(held).status, fresh(held).visit) == (Status.REACHED, None)
    page = press("book", day="2026-03-10")
    assert "The first visit is booked." in page
    assert (fresh(held).status, fresh(held).visit.day) == (Status.BOOKED, datetime.date(2026, 3, 10))


def test_one_tap_with_a_day_books_and_frees_the_call(press, held, now):
    press("attempt", outcome="coming_back", visit="2026-03-10")
    assert (fresh(held).status, fresh(held).next_try_at, fresh(held).holder(now)) == (Status.BOOKED, None, None)


@pytest.mark.parametrize("typed", ["2026-03-02", "2026-05-03", "soon", "2026-02-30", "0000-00-00", "9999-12-31"])
def test_a_day_that_cannot_be_books_nothing_and_loses_nothing(press, held, typed):
    page = press("attempt", outcome="coming_back", visit=typed, note="Bring the papers.")
    assert "Pick t" in page
    assert "Bring the papers." in page
    assert f'value="{typed}"' in page
    assert (fresh(held).status, fresh(held).attempts.count()) == (Status.NEW, 0)


def test_the_day_is_sealed(press, held):
    press("attempt", outcome="coming_back", visit="2026-03-10")
    assert b"2026-03-10" not in bytes(Visit.objects.get().sealed)
    assert "2026-03-10" not in str(CallbackRequest.objects.values().get())


def test_on_its_day_it_comes_up_late_and_came_closes_it(press, held, client_of, jo, clock, page_of):
    press("attempt", outcome="coming_back", visit="2026-03-03")
    visits.bring_up(clock.now)
    assert fresh(held).next_try_at == datetime.datetime(2026, 3, 3, 22, tzinfo=datetime.UTC)  # 17 h, the last daypart
    assert held.reference not in page_of(jo, QUEUE)
    clock.now = datetime.datetime(2026, 3, 3, 22, 5, tzinfo=datetime.UTC)
    page = page_of(jo, QUEUE)
    assert held.reference in page
    assert "did they come?" in page
    press("take")
    press("came")
    assert (fresh(held).status, fresh(held).resolution) == (Status.CLOSED, Resolution.CAME_BACK)


def test_who_missed_the_visit_is_back_among_the_calls_at_once(press, held, jo, clock, page_of):
    press("attempt", outcome="coming_back", visit="2026-03-03")
    clock.now += 60 * MINUTE
    press("take")
    press("missed")
    assert (fresh(held).status, fresh(held).next_try_at, fresh(held).visit) == (Status.REACHED, clock.now, None)
    assert held.reference in page_of(jo, QUEUE)


def test_a_visit_moves(press, held):
    press("attempt", outcome="coming_back", visit="2026-03-10")
    press("take")
    press("book", day="2026-03-12")
    assert (fresh(held).status, fresh(held).visit.day) == (Status.BOOKED, datetime.date(2026, 3, 12))


@pytest.mark.parametrize("verb", ["came", "missed", "book"])
def test_nobody_came_missed_or_moved_who_never_talked_with_us(press, held, verb):
    press(verb, day="2026-03-12")
    assert (fresh(held).status, fresh(held).visit) == (Status.NEW, None)
    assert not Visit.objects.exists()


def test_a_missed_visit_can_be_undone(press, held):
    press("attempt", outcome="coming_back", visit="2026-03-10")
    press("take")
    press("missed")
    press("undo_last")
    assert (fresh(held).status, fresh(held).visit.day) == (Status.BOOKED, datetime.date(2026, 3, 10))


# Asked again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [30, 60, 90])
def test_who_agrees_is_asked_again_once(press, held, jo, days):
    page = press("attempt", outcome="not_now", ask_again=str(days))
    assert "To be asked again" in page
    due = TUESDAY_10 + days * DAY
    standing.come_back(held, due - MINUTE)
    assert fresh(held).status == Status.CLOSED
    standing.come_back(held, due)
    assert (fresh(held).status, fresh(held).ask_again_at, fresh(held).next_try_at >= due) == (
        Status.REACHED,
        None,
        True,
    )
    fresh(held).claim(jo, due)
    again = fresh(held)
    again.record_attempt(jo, Outcome.REACHED, due, resolution=Resolution.DECLINED_FOR_NOW)
    standing.come_back(held, due + 100 * DAY)
    assert fresh(held).status == Status.CLOSED


@pytest.mark.parametrize(
    ("outcome", "asked"), [("not_now", ""), ("not_now", "31"), ("not_now", "x"), ("no_answer", "30")]
)
def test_nobody_is_asked_again_who_did_not_agree(press, held, outcome, asked):
    press("attempt", outcome=outcome, ask_again=asked)
    assert fresh(held).ask_again_at is None


# A crisis -----------------------------------------------------------------------------------------------------


def test_the_steps_of_a_crisis_are_stamped_in_their_order(press, held):
    held.mark_crisis()
    press("step", step="decided")
    assert not StepTaken.objects.exists()
    for step in CrisisStep:
        press("step", step=step)
        press("step", step=step)  # a second tap
    assert [taken.step for taken in StepTaken.objects.all()] == list(CrisisStep)
    assert (held.reference, "Crisis step: A clinician knows") in on_record()


@pytest.mark.parametrize("step", ["", "x", "told"])
def test_no_step_is_stamped_where_there_is_no_crisis(press, held, step):
    press("step", step=step)
    assert not StepTaken.objects.exists()


# Closing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolution", Resolution.values)
def test_who_closes_without_a_word_from_the_person_is_a_supervisor(press, held, jo, resolution):
    said_by_the_person = {
        "came_back",
        "declined_for_now",
        "referred_elsewhere",
        "in_care_elsewhere",
        "withdrawn",
        "not_for_self",
    }
    press("close", resolution=resolution, note="x")
    assert (fresh(held).status == Status.CLOSED) == (resolution in said_by_the_person)


@pytest.mark.parametrize("resolution", Resolution.values)
def test_a_supervisor_closes_with_any_resolution(client_of, make_request, resolution):
    sue, stored = staff("Sue", "supervisor"), make_request()
    client_of(sue).post(card(stored, "take"))
    client_of(sue).post(card(stored, "close"), {"resolution": resolution, "note": "x"})
    assert fresh(stored).resolution == resolution


def test_a_crisis_heard_on_the_phone_is_marked_on_the_card_and_staff_are_told(press, held, tom, client_of):
    CallbackRequest.objects.update(told_at=TUESDAY_10)
    client_of(tom).post(card(held, "crisis"))
    assert not fresh(held).crisis  # who does not hold the call marks nothing
    page = press("crisis", note="half a line")
    assert "May be in crisis: step by step" in page
    assert "half a line" in page
    assert (fresh(held).crisis, fresh(held).told_at) == (True, None)


def test_the_mark_goes_off_with_a_word_why_and_not_without(press, held, client_of, tom):
    held.mark_crisis()
    assert "Write down how you know" in press("no_crisis")
    client_of(tom).post(card(held, "no_crisis"), {"note": "I do not hold this call."})
    assert fresh(held).crisis
    press("no_crisis", note="It was a line of a song.")
    assert not fresh(held).crisis
    assert [note.text for note in held.staff_notes.all()] == ["Not a crisis: It was a line of a song."]


def test_nobody_is_called_twice_a_day_unless_they_rang_back(press, held, client_of, jo, clock):
    press("attempt", outcome="no_answer")
    clock.now += 60 * MINUTE
    press("take")
    assert "They were called today already." in client_of(jo).get(card(held)).content.decode()
    press("release")
    client_of(jo).post(QUEUE + "add/", {"phone": "216 555 0187", "name": "Sam"})
    press("take")
    assert "(216) 555-0187" in client_of(jo).get(card(held)).content.decode()


def test_what_staff_wrote_is_there_for_who_rings_after_the_closing(press, held, client_of, tom):
    press("close", resolution="referred_elsewhere", note="Went to the place on Main Street.")
    assert "Went to the place on Main Street." in client_of(tom).get(card(held)).content.decode()


def test_the_stock_list_of_tables_leads_to_the_calls(client_of, jo):
    assert client_of(jo).get("/admin/intake/").url == "/admin/"
