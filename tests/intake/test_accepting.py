"""A request is stored once, and joins the person it belongs to."""

import datetime
import threading

import pytest
from django.db import connection

from intake import accepting, codes, standing
from intake.answers import Answers, PrivateCode
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.submission import Submission
from intake.words import Look, Outcome, Resolution
from tests.intake.conftest import MINUTE, NUMBER, TUESDAY_10, at_once, change, code_of, opens, requests, store, withdraw

HOURS = 'hours:\n  tuesday: "9:00-17:00"\n  wednesday: "9:00-17:00"\n  thursday: "9:00-17:00"\n'
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
OTHER = "+12165550199"


def tried(request: CallbackRequest, user, outcome: Outcome) -> None:
    request.claim(user, TUESDAY_10)
    request.record_attempt(user, outcome, TUESDAY_10)


# Once ---------------------------------------------------------------------------------------------------------


def test_second_press_is_the_same_request(db):
    first = store(name="Sam")
    assert store(TUESDAY_10 + 9 * MINUTE, name="Sam").id == first.id
    assert Answers.objects.count() == CallbackRequest.objects.count() == PrivateCode.objects.count() == 1


def test_a_press_on_the_other_side_of_a_window_is_the_same_request(db):
    """The windows are ten minutes long: 9:59 and 10:01 lie in two of them."""
    first = store(TUESDAY_10 - MINUTE)
    assert store(TUESDAY_10 + MINUTE).id == first.id


@pytest.mark.parametrize("later", [{"now": TUESDAY_10 + 10 * MINUTE}, {"note": "more words"}])
def test_other_words_or_the_same_ones_later_are_a_newer_version_of_one_request(db, later):
    first, second = store(), store(**later)
    assert first.id != second.id
    assert first.request_id == second.request_id
    assert CallbackRequest.objects.count() == 1


def test_after_closing_the_same_words_are_a_new_request(db):
    first = store()
    withdraw(first)
    second, third = store(TUESDAY_10 + MINUTE), store(TUESDAY_10 + 2 * MINUTE)
    assert second.request_id != first.request_id
    assert third.id == second.id


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_press_at_once_one_request_comes():
    ids = at_once(*[lambda: accepting.accept(Submission(NUMBER), now=TUESDAY_10)] * 50)
    accepting.mend()
    accepting.drain()
    assert (len(ids), len(set(ids))) == (50, 1)
    assert Answers.objects.count() == CallbackRequest.objects.count() == 1


def test_each_press_has_the_reference_that_was_shown_for_it(db):
    for version in (store(), store(note="x")):
        assert PrivateCode.objects.get(answers=version).reference == codes.reference(version.id)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_press_at_once_in_several_processes_one_request_comes():
    """`accept` gives the threads of one process their turns; here the database alone does."""
    ids = at_once(*[lambda: store().id] * 6)
    assert (len(ids), len(set(ids)), CallbackRequest.objects.count()) == (6, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_nobody_closes_a_request_while_another_post_joins_it(jo, monkeypatch):
    request, take_in, refused = store().request, standing.take_in, []
    request.claim(jo, TUESDAY_10)

    def close():
        try:
            request.close(jo, Resolution.CAME_BACK, TUESDAY_10)
        except Refused as reason:
            refused.append(reason)
        finally:
            connection.close()

    closing = threading.Thread(target=close)

    def take_in_meanwhile(*args, **options):
        closing.start()
        closing.join(0.2)
        take_in(*args, **options)

    monkeypatch.setattr(standing, "take_in", take_in_meanwhile)
    store(TUESDAY_10 + MINUTE, note="x")
    closing.join()
    assert refused
    assert CallbackRequest.objects.open().exists()


# Whose --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "people"),
    [("Sam", "Ana", 2), ("Sam", "", 1), ("", "Ana", 1), ("Sam", " SÁM!", 1), ("李", "王", 2)],
)
def test_another_name_is_another_person(db, first, second, people):
    store(name=first)
    store(name=second, note="other words")
    assert CallbackRequest.objects.count() == people


def test_another_number_is_another_person(db):
    assert store(name="Sam").request_id != store(name="Sam", phone="+12165550199").request_id


def test_a_nameless_later_version_does_not_lose_the_name(db):
    store(name="Sam")
    request = store(TUESDAY_10 + MINUTE, note="once more").request
    assert (request.submission.name, request.submission.note) == ("Sam", "once more")


def test_the_strictest_choices_of_all_are_obeyed(db):
    store(voicemail_ok=True, text_ok=True, may_say_clinic_name=True)
    request = store(voicemail_ok=True, note="x").request
    assert (request.voicemail_ok, request.text_ok, request.may_say_clinic_name) == (True, False, False)
    request = store(voicemail_ok=True, text_ok=True, may_say_clinic_name=True, note="y").request
    assert (request.voicemail_ok, request.text_ok, request.may_say_clinic_name) == (True, False, False)


def test_the_sixth_person_at_a_number_joins_the_newest_and_needs_a_look(db):
    for number, name in enumerate(("Ana", "Bo", "Cy", "Di", "Ed")):
        store(TUESDAY_10 + number * MINUTE, name=name)
    sixth = store(TUESDAY_10 + 6 * MINUTE, name="Flo")
    assert CallbackRequest.objects.count() == 5
    assert sixth.request == requests()[-1]
    assert sixth.request.needs_look
    assert sixth.content["look"] == [Look.CROWDED]


@pytest.mark.parametrize("names", [("Flo", "Flo"), ("Ed", "Ed"), ("Ed", "")])
def test_whoever_joined_a_crowd_is_known_again(db, names):
    for number, name in enumerate(("Ana", "Bo", "Cy", "Di", "Ed", "Flo")):
        store(TUESDAY_10 + number * MINUTE, name=name)
    withdraw(Answers.objects.earliest("sent_at"), TUESDAY_10 + 6 * MINUTE)
    for number, name in enumerate(names):
        assert store(TUESDAY_10 + (20 + number) * MINUTE, name=name, note=f"{number}").request == requests()[4]


def test_suspicion_of_a_post_does_not_take_an_honest_request_out_of_the_queue(db):
    honest = store().request
    accepting.store(Submission(NUMBER, note="www.x.com"), TUESDAY_10, (Look.LINKS, Look.TRAP))
    honest.refresh_from_db()
    assert not honest.needs_look


def test_a_version_that_cannot_be_opened_is_still_the_same_persons_and_loosens_nothing(db):
    first = store(name="Sam")
    Answers.objects.update(sealed=b"damaged")
    again = store(TUESDAY_10 + MINUTE, name="Sam", voicemail_ok=True, note="x")
    assert (again.request, again.request.voicemail_ok) == (first.request, False)
    assert again.request.submission.note == "x"


# Asking again -------------------------------------------------------------------------------------------------


def test_asking_again_is_due_at_once_and_moves_no_promise(db, clinic_with):
    clinic_with(HOURS)
    first = store().request
    later = TUESDAY_10 + datetime.timedelta(hours=20)  # Wednesday before noon, and promised by its evening
    again = store(later, note="please").request
    assert (again.call_by, again.overdue_from, again.next_try_at) == (
        first.call_by,
        first.call_by,
        later + 3 * 60 * MINUTE,
    )


def test_asking_again_does_not_make_what_is_overdue_new(db, clinic_with):
    clinic_with(HOURS)
    first, late = store().request, TUESDAY_10 + 2 * DAY
    again = store(late, note="please").request
    assert again.is_overdue(late)
    assert again.overdue_from == first.overdue_from


def test_no_post_puts_a_promise_off(db, clinic_with):
    clinic_with(HOURS)
    first = store(preferred_times=("morning",)).request
    again = store(TUESDAY_10 + MINUTE, preferred_times=("afternoon",)).request
    assert (again.call_by, again.overdue_from) == (first.call_by, first.call_by)


def test_other_times_by_their_own_link_have_another_promise_unless_the_old_one_was_broken(db, clinic_with):
    clinic_with(HOURS)
    version = store(preferred_times=("morning",))
    changed = change(code_of(version), preferred_times=("afternoon",)).request
    assert changed.call_by == changed.overdue_from == version.request.call_by + 5 * 60 * MINUTE
    late = change(code_of(version), TUESDAY_10 + 2 * DAY, preferred_times=("morning",)).request
    assert late.overdue_from == changed.overdue_from


def test_a_post_without_times_does_not_wipe_the_ones_they_picked(db):
    store(preferred_times=("evening",))
    assert store(TUESDAY_10 + MINUTE, note="x").request.preferred_times == ["evening"]
    assert store(TUESDAY_10 + 2 * MINUTE, preferred_times=("morning",)).request.preferred_times == ["morning"]


def test_who_was_called_today_and_asks_again_is_called_tomorrow(db, jo):
    request = store().request
    request.claim(jo, TUESDAY_10)
    request.record_attempt(jo, Outcome.NO_ANSWER, TUESDAY_10)
    again = store(TUESDAY_10 + 30 * MINUTE, note="x").request
    assert again.next_try_at == TUESDAY_10 + DAY - datetime.timedelta(hours=2)  # eight in the morning
    assert again.overdue_from >= again.next_try_at


def test_who_was_tried_today_without_a_call_and_asks_again_is_due_at_once(db, jo):
    tried(store().request, jo, Outcome.BUSY)
    assert store(TUESDAY_10 + 30 * MINUTE, note="x").request.next_try_at == TUESDAY_10 + 30 * MINUTE


def test_after_a_try_other_times_move_what_is_due_and_not_the_promise(db, jo):
    request = store().request
    tried(request, jo, Outcome.NO_ANSWER)
    again = store(TUESDAY_10 + MINUTE, preferred_times=("morning",)).request
    assert (again.call_by, again.overdue_from) == (request.call_by, again.next_try_at + 9 * HOUR)


@pytest.mark.parametrize(("later", "times"), [(7.5 * HOUR, ()), (DAY, ("afternoon",))])
def test_asking_again_gives_a_try_that_is_due_no_more_time(db, jo, later, times):
    tried(store().request, jo, Outcome.BUSY)
    late_from = requests()[0].overdue_from
    assert store(TUESDAY_10 + later, preferred_times=times).request.overdue_from == late_from


@pytest.mark.parametrize("notes", [("I want to die", "never mind"), ("never mind", "I want to die")])
def test_a_crisis_that_was_told_once_stays_one(db, notes):
    for number, note in enumerate(notes):
        request = store(TUESDAY_10 + number * MINUTE, note=note).request
    assert request.crisis


def test_asking_again_is_told_to_staff_again_and_seen_on_an_open_card(db):
    request = store().request
    CallbackRequest.objects.update(told_at=TUESDAY_10)
    again = store(TUESDAY_10 + MINUTE, note="x").request
    assert (again.told_at, again.times_sent) == (None, request.times_sent + 1)


def test_asking_again_after_a_clock_was_set_back_is_not_lost(db):
    withdraw(store(), TUESDAY_10 + 5 * MINUTE)
    assert store(TUESDAY_10 + 2 * MINUTE).request.closed_at is None


def test_the_form_sent_again_after_the_number_was_changed_asks_at_the_old_one(db):
    change(code_of(store()), phone="+12165550199")
    again = store(TUESDAY_10 + 2 * MINUTE)
    assert (again.request.closed_at, again.submission.phone) == (None, NUMBER)


def test_the_form_sent_again_after_the_number_was_changed_has_a_link_where_others_wait_too(db):
    old = store(name="Sam")
    store(note="by someone else")
    change(code_of(old), phone=OTHER)
    again = store(TUESDAY_10 + 2 * MINUTE, name="Sam")
    assert opens(code_of(again), TUESDAY_10 + 2 * MINUTE) == again
