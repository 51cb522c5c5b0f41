"""The verbs: one holder at a time, an outcome that decides what comes next, and nothing edited afterwards."""

import datetime

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from intake.attempts import ContactAttempt, StaffNote
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.words import Outcome, Resolution, Status
from tests.intake.conftest import TUESDAY_10, at_once, staff

MINUTE = datetime.timedelta(minutes=1)


def fresh(request: CallbackRequest) -> CallbackRequest:
    return CallbackRequest.objects.get(pk=request.pk)


# Storing ------------------------------------------------------------------------------------------------------


def test_a_stored_request_opens_to_what_was_sent(make_request):
    stored = fresh(make_request(name="Sam", note="two\nlines", text_ok=True, preferred_times=("evening",)))
    assert (stored.submission.phone, stored.submission.name, stored.submission.note) == (
        "+12165550143",
        "Sam",
        "two\nlines",
    )
    assert (stored.submission.voicemail_ok, stored.submission.text_ok) == (False, True)
    assert stored.submission.preferred_times == ("evening",)
    assert stored.status == Status.NEW


def test_after_closing_asking_again_is_a_new_request(make_request, jo, now):
    first = make_request()
    first.claim(jo, now)
    first.close(jo, Resolution.DECLINED_FOR_NOW, now)
    assert make_request(at=now + MINUTE).pk != first.pk


def test_nothing_of_a_person_stands_in_clear_in_the_row(make_request):
    stored = make_request("+12165550188", name="Rosalind", note="My secret note")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM intake_callbackrequest JOIN intake_answers ON request_id = intake_callbackrequest.id"
        )
        row = b" ".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for value in cursor.fetchone()
        )
    assert stored.reference.encode() in row
    for secret in (b"2165550188", b"0188", b"Rosalind", b"secret"):
        assert secret not in row


def test_str_and_repr_say_only_the_reference(make_request):
    stored = make_request(name="Rosalind")
    assert str(stored) == stored.reference
    assert stored.submission.name == "Rosalind"  # opened, so that it could leak
    assert "Rosalind" not in repr(stored)


# Claims -------------------------------------------------------------------------------------------------------


def test_the_second_to_take_a_call_reads_who_has_it(make_request, jo, tom, now):
    stored = make_request()
    fresh(stored).claim(jo, now)
    with pytest.raises(Refused, match="Jo has this call now"):
        fresh(stored).claim(tom, now + MINUTE)


def test_a_claim_ends_by_itself(make_request, jo, tom, now):
    stored = make_request()
    stored.claim(jo, now)
    assert stored.holder(now + 19 * MINUTE) == jo
    assert stored.holder(now + 20 * MINUTE) is None
    fresh(stored).claim(tom, now + 20 * MINUTE)
    assert fresh(stored).holder(now + 21 * MINUTE) == tom


def test_the_holder_renews_and_gives_back(make_request, jo, tom, now):
    stored = make_request()
    stored.claim(jo, now)
    stored.claim(jo, now + 15 * MINUTE)
    assert fresh(stored).holder(now + 30 * MINUTE) == jo
    with pytest.raises(Refused):
        fresh(stored).release(tom, now)
    fresh(stored).release(jo, now)
    assert fresh(stored).holder(now) is None


def test_one_caller_may_hold_two_requests_at_one_number(make_request, jo, now):
    first, second = make_request(name="Sam"), make_request(name="Ana")
    first.claim(jo, now)
    second.claim(jo, now)
    assert fresh(first).holder(now) == fresh(second).holder(now) == jo


def press(request, user, now):
    """To take this call: who gets it, or nobody."""

    def take():
        try:
            fresh(request).claim(user, now)
        except Refused:
            return None
        return user

    return take


@pytest.mark.django_db(transaction=True)
def test_of_many_who_press_at_once_one_holds_the_call(make_request, now):
    stored = make_request()
    people = [staff(f"Staff{number}") for number in range(8)]
    won = [user for user in at_once(*(press(stored, user, now) for user in people)) if user]
    assert won == [fresh(stored).claimed_by]


@pytest.mark.django_db(transaction=True)
def test_two_people_never_hold_two_requests_at_one_number(make_request, now):
    requests = [make_request(name=name) for name in ("Ana", "Bo", "Cy")]
    people = [staff(f"Staff{number}") for number in range(9)]
    presses = [press(requests[number % 3], user, now) for number, user in enumerate(people)]
    won = [user for user in at_once(*presses) if user]
    assert won == [each.claimed_by for each in map(fresh, requests) if each.claimed_by]
    assert len(won) == 1


# Attempts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(make_request, jo, now):
    """A request that Jo holds, with everything allowed."""
    stored = make_request(voicemail_ok=True, text_ok=True)
    stored.claim(jo, now)
    return stored


def test_no_answer_sets_the_next_try_and_frees_the_request(held, jo, now):
    held.record_attempt(jo, Outcome.NO_ANSWER, now)
    after = fresh(held)
    assert after.status == Status.TRYING
    assert after.next_try_at > now
    assert after.claimed_by is None
    assert list(after.attempts.values_list("outcome", "made_by")) == [(Outcome.NO_ANSWER, jo.pk)]


def test_reached_keeps_the_call_so_that_it_can_be_closed(held, jo, now):
    held.record_attempt(jo, Outcome.REACHED, now)
    after = fresh(held)
    assert (after.status, after.holder(now)) == (Status.REACHED, jo)
    assert after.next_try_at == now + datetime.timedelta(days=1)  # comes up again: nobody is forgotten
    after.close(jo, Resolution.CAME_BACK, now)
    assert (fresh(held).status, fresh(held).resolution) == (Status.CLOSED, Resolution.CAME_BACK)


def test_a_later_miss_does_not_unsay_that_we_talked(held, jo, now):
    held.record_attempt(jo, Outcome.REACHED, now)
    held.record_attempt(jo, Outcome.NO_ANSWER, now + MINUTE)
    assert fresh(held).status == Status.REACHED
    assert fresh(held).next_try_at is not None


def test_asked_later_is_due_then_and_only_ahead(held, jo, now):
    with pytest.raises(Refused):
        held.record_attempt(jo, Outcome.CALL_LATER, now, later=now - MINUTE)
    with pytest.raises(Refused):
        held.record_attempt(jo, Outcome.CALL_LATER, now)
    held.record_attempt(jo, Outcome.CALL_LATER, now, later=now + 180 * MINUTE)
    assert fresh(held).next_try_at == now + 180 * MINUTE


def test_a_missed_try_never_moves_the_promise(held, jo, now):
    promised = held.call_by
    held.record_attempt(jo, Outcome.NO_ANSWER, now)
    assert fresh(held).call_by == promised


def test_only_the_holder_writes_down_a_try(make_request, jo, tom, now):
    stored = make_request()
    for attempt in (
        lambda: fresh(stored).record_attempt(jo, Outcome.NO_ANSWER, now),  # nobody holds it
        lambda: stored.claim(jo, now) or fresh(stored).record_attempt(tom, Outcome.NO_ANSWER, now),
        lambda: (
            fresh(stored).claim(tom, now + 21 * MINUTE)  # the claim ended, and Tom was quicker
            or fresh(stored).record_attempt(jo, Outcome.NO_ANSWER, now + 22 * MINUTE)
        ),
    ):
        with pytest.raises(Refused):
            attempt()
    assert not ContactAttempt.objects.exists()


def test_of_two_stale_copies_one_writes(held, jo, now):
    other = fresh(held)
    held.record_attempt(jo, Outcome.REACHED, now)
    with pytest.raises(Refused, match="meanwhile"):
        other.record_attempt(jo, Outcome.NO_ANSWER, now)
    assert ContactAttempt.objects.count() == 1


@pytest.mark.parametrize("outcome", [Outcome.LEFT_VOICEMAIL, Outcome.TEXT_SENT])
def test_what_was_not_ticked_cannot_be_recorded(make_request, jo, now, outcome):
    stored = make_request()
    stored.claim(jo, now)
    with pytest.raises(Refused):
        stored.record_attempt(jo, outcome, now)
    assert not ContactAttempt.objects.exists()


def test_one_voicemail_in_three_days(held, jo, now):
    held.record_attempt(jo, Outcome.LEFT_VOICEMAIL, now)
    assert not held.may_leave_voicemail(now + datetime.timedelta(days=2, hours=23))
    assert held.may_leave_voicemail(now + datetime.timedelta(days=3))


@pytest.mark.parametrize("outcome", [Outcome.WRONG_NUMBER, Outcome.ASKED_TO_STOP])
def test_a_number_that_must_not_be_dialled_is_not_dialled_for_anyone(make_request, jo, now, outcome):
    stored, same_number, other = make_request(name="Sam"), make_request(name="Ana"), make_request("+12165550199")
    stored.claim(jo, now)
    stored.record_attempt(jo, outcome, now)
    assert fresh(stored).status == fresh(same_number).status == Status.CLOSED
    assert fresh(other).status == Status.NEW


def test_a_crisis_at_a_number_that_is_not_dialled_stays_open_to_be_read(make_request, jo, now):
    stored, crisis = make_request(name="Sam"), make_request(name="Ana", crisis=True)
    stored.claim(jo, now)
    assert stored.record_attempt(jo, Outcome.ASKED_TO_STOP, now) == []
    assert (fresh(crisis).status, fresh(crisis).needs_look) == (Status.NEW, True)


def test_when_no_time_fits_a_person_decides(make_request, jo, now, clinic_with):
    tried = make_request(preferred_times=("evening",))
    clinic_with('hours:\n  tuesday: "9:00-12:00"\n')
    tried.claim(jo, now)
    tried.record_attempt(jo, Outcome.NO_ANSWER, now)
    new = make_request("+12165550101", preferred_times=("evening",))
    for stored in (tried, new):
        assert (fresh(stored).next_try_at, fresh(stored).needs_look) == (None, True)
        assert stored in CallbackRequest.objects.needing_a_look()


def test_the_fifth_call_closes_as_not_reached(held, jo, now):
    for number in range(5):
        moment = now + datetime.timedelta(days=7 * number)
        held.claim(jo, moment)
        held.record_attempt(jo, Outcome.NO_ANSWER, moment)
    assert (fresh(held).status, fresh(held).resolution) == (Status.CLOSED, Resolution.NOT_REACHED)


# Closing ------------------------------------------------------------------------------------------------------


def test_only_the_holder_closes(make_request, jo, tom, now):
    stored = make_request()
    with pytest.raises(Refused):
        fresh(stored).close(tom, Resolution.DUPLICATE, now)  # nobody holds it
    stored.claim(jo, now)
    with pytest.raises(Refused):
        fresh(stored).close(tom, Resolution.DUPLICATE, now)
    assert fresh(stored).status == Status.NEW


def test_a_closing_keeps_its_note(held, jo, now):
    held.close(jo, Resolution.DUPLICATE, now, note="Same as the other.")
    assert [note.text for note in held.staff_notes.all()] == ["Same as the other."]


# Crisis -------------------------------------------------------------------------------------------------------


def test_a_crisis_is_not_closed_without_what_was_done(make_request, jo, now):
    stored = make_request(crisis=True)
    stored.claim(jo, now)
    for closing in (
        lambda: stored.close(jo, Resolution.DUPLICATE, now, note="  "),
        lambda: stored.record_attempt(jo, Outcome.WRONG_NUMBER, now),
        lambda: stored.record_attempt(jo, Outcome.REACHED, now, resolution=Resolution.DECLINED_FOR_NOW),
    ):
        with pytest.raises(Refused, match="what was done"):
            closing()
    stored.record_attempt(jo, Outcome.IN_CRISIS, now, note="Called 911 with them on the line.")
    assert fresh(stored).resolution == Resolution.CRISIS_HANDED_OVER
    assert [note.text for note in stored.staff_notes.all()] == ["Called 911 with them on the line."]


def test_nobody_is_handed_over_in_crisis_without_what_was_done(held, jo, now):
    with pytest.raises(Refused, match="what was done"):
        held.record_attempt(jo, Outcome.IN_CRISIS, now)
    assert fresh(held).status == Status.NEW


# What can never be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"status": "closed"},
        {"resolution": Resolution.DUPLICATE},
        {"status": "resting"},
        {"claimed_until": TUESDAY_10},
        {"status": "closed", "resolution": Resolution.DUPLICATE, "closed_at": TUESDAY_10},  # and due to be called
    ],
)
def test_the_database_refuses_a_state_that_cannot_be(make_request, change):
    stored = make_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        CallbackRequest.objects.filter(pk=stored.pk).update(**change)


def test_the_database_refuses_a_claim_without_an_end(make_request, jo):
    stored = make_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        CallbackRequest.objects.filter(pk=stored.pk).update(claimed_by=jo)


def test_a_try_and_a_note_are_never_edited_or_deleted(held, jo, now):
    held.record_attempt(jo, Outcome.NO_ANSWER, now, note="Rang eight times.")
    for row in (ContactAttempt.objects.get(), StaffNote.objects.get()):
        with pytest.raises(TypeError):
            row.save()
        with pytest.raises(TypeError):
            row.delete()
