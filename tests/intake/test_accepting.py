"""A request is stored once, joins the person it belongs to, and waits in the spool while the database is away."""

import datetime
import threading

import pytest
from django.db import connection

from intake import accepting, codes, spool, suspicion
from intake.answers import Answers, PrivateCode, seal
from intake.models import CallbackRequest, Refused
from intake.submission import Submission, window_of
from intake.words import Resolution, Status
from tests.intake.conftest import TUESDAY_10

MINUTE = datetime.timedelta(minutes=1)
NUMBER = "+12165550143"


def store(now=TUESDAY_10, phone=NUMBER, **sent) -> Answers:
    return accepting.store(Submission(phone, **sent), now)


def requests() -> list[CallbackRequest]:
    return list(CallbackRequest.objects.order_by("asked_at"))


def withdraw(version: Answers, now=TUESDAY_10) -> bool:
    return accepting.withdraw(codes.private_code(version.id), now)


@pytest.fixture
def no_database(db):
    """The tables are gone for a while; `back()` brings them."""

    def rename(*names):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE {} RENAME TO {}".format(*names))

    rename("intake_callbackrequest", "away")

    def back():
        rename("away", "intake_callbackrequest")
        accepting.mend()

    return back


# Once ---------------------------------------------------------------------------------------------------------


def test_second_press_is_the_same_request(db):
    first = store(name="Sam")
    assert store(TUESDAY_10 + 9 * MINUTE, name="Sam").id == first.id
    assert Answers.objects.count() == CallbackRequest.objects.count() == PrivateCode.objects.count() == 1


def test_a_press_on_the_other_side_of_a_window_is_the_same_request(db):
    """The windows are ten minutes long: 9:59 and 10:01 lie in two of them."""
    first = store(TUESDAY_10 - MINUTE)
    assert store(TUESDAY_10 + MINUTE).id == first.id


@pytest.mark.parametrize("later", [{"now": TUESDAY_10 + 11 * MINUTE}, {"note": "more words"}])
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
    start, ids = threading.Barrier(50), []

    def press():
        start.wait()
        try:
            ids.append(accepting.accept(Submission(NUMBER), now=TUESDAY_10))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    accepting.mend()
    accepting.drain()
    assert (len(ids), len(set(ids))) == (50, 1)
    assert Answers.objects.count() == CallbackRequest.objects.count() == 1


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
    assert sixth.content["look"] == [suspicion.CROWDED]


def test_asking_again_is_due_at_once_and_moves_no_promise(db, jo, clinic_with):
    clinic_with('hours:\n  tuesday: "9:00-17:00"\n  wednesday: "9:00-17:00"\n')
    first = store().request
    promised = first.call_by
    again = store(TUESDAY_10 + 30 * MINUTE, note="please").request
    assert (again.call_by, again.next_try_at) == (promised, TUESDAY_10 + 30 * MINUTE)


def test_asking_again_does_not_make_what_is_overdue_new(db, clinic_with):
    clinic_with('hours:\n  tuesday: "9:00-17:00"\n  wednesday: "9:00-17:00"\n')
    first, late = store().request, TUESDAY_10 + datetime.timedelta(days=2)
    again = store(late, note="please").request
    assert again.is_overdue(late)
    assert again.overdue_from == first.overdue_from


def test_a_crisis_that_was_told_once_stays_one(db):
    store(note="I want to die")
    assert store(note="never mind").request.crisis


# Taking it back -----------------------------------------------------------------------------------------------


def test_what_was_taken_back_is_closed_and_not_dialled(db):
    version = store()
    assert withdraw(version)
    [request] = requests()
    assert (request.status, request.resolution, request.next_try_at) == (Status.CLOSED, Resolution.WITHDRAWN, None)


def test_a_second_press_of_cancel_is_answered_like_the_first(db):
    version = store()
    assert withdraw(version) and withdraw(version, TUESDAY_10 + MINUTE)
    assert not withdraw(version, TUESDAY_10 + 11 * MINUTE)


def test_any_of_its_codes_takes_back_one_request_and_not_another_persons(db):
    older, newer, other = store(name="Sam"), store(name="Sam", note="x"), store(name="Ana")
    withdraw(older)
    assert accepting.find(codes.private_code(newer.id), TUESDAY_10) is None
    assert accepting.find(codes.private_code(other.id), TUESDAY_10) == other


def test_a_crisis_that_is_taken_back_is_still_read_by_a_person(db):
    withdraw(store(note="I want to die"))
    [request] = requests()
    assert (request.status, request.needs_look) == (Status.CLOSED, True)
    assert request in CallbackRequest.objects.needing_a_look()
    assert request not in CallbackRequest.objects.open()


# Changing it --------------------------------------------------------------------------------------------------


def change(code: str, now=TUESDAY_10 + MINUTE, **changes) -> Answers | None:
    def make(sent: Submission) -> Submission:
        return Submission(**sent.content() | changes)

    return accepting.change(code, make, now)


def test_their_own_change_may_allow_more(db):
    code = codes.private_code(store(name="Sam").id)
    changed = change(code, voicemail_ok=True)
    assert changed.request.voicemail_ok
    assert accepting.find(code, TUESDAY_10 + MINUTE) == changed
    assert changed.submission.name == "Sam"


def test_a_change_by_one_link_does_not_undo_what_came_by_another(db):
    code = codes.private_code(store().id)
    store(note="by someone else")
    assert not change(code, voicemail_ok=True).request.voicemail_ok


def test_what_cannot_be_opened_allows_nothing(db):
    damaged, other = store(voicemail_ok=True), store(voicemail_ok=True, note="x")
    Answers.objects.filter(pk=damaged.pk).update(sealed=b"damaged")
    assert not change(codes.private_code(other.id), text_ok=True).request.voicemail_ok


def test_another_number_ends_the_code_and_gives_a_new_one(db):
    old = codes.private_code(store().id)
    moved = change(old, phone="+12165550199")
    new = codes.private_code(moved.id)
    assert accepting.find(old, TUESDAY_10 + MINUTE) is None
    assert accepting.find(new, TUESDAY_10 + MINUTE) == moved
    assert moved.request.submission.phone == "+12165550199"


def test_a_second_press_of_save_gives_the_same_new_code(db):
    old = codes.private_code(store().id)
    moved = change(old, phone="+12165550199")
    assert change(old, TUESDAY_10 + 2 * MINUTE, phone="+12165550199") == moved
    assert change(old, TUESDAY_10 + 2 * MINUTE, phone="+12165550188") is None
    assert change(old, TUESDAY_10 + 12 * MINUTE, phone="+12165550199") is None
    assert Answers.objects.count() == 2


def test_the_form_sent_again_after_the_number_was_changed_is_no_dead_link(db):
    change(codes.private_code(store().id), phone="+12165550199")
    again = store(TUESDAY_10 + 2 * MINUTE)
    assert accepting.find(codes.private_code(again.id), TUESDAY_10 + 2 * MINUTE) == again


def test_what_is_asked_anew_at_a_changed_number_finds_the_request(db):
    moved = change(codes.private_code(store().id), phone="+12165550199")
    assert store(TUESDAY_10 + 5 * MINUTE, phone="+12165550199", note="x").request == moved.request


def test_a_code_ends_after_thirty_days(db):
    code = codes.private_code(store().id)
    assert accepting.find(code, TUESDAY_10 + datetime.timedelta(days=29))
    assert accepting.find(code, TUESDAY_10 + datetime.timedelta(days=31)) is None


def test_staff_cannot_save_over_a_change(db, jo):
    version = store()
    held = CallbackRequest.objects.get()
    held.claim(jo, TUESDAY_10)
    change(codes.private_code(version.id), text_ok=True)
    with pytest.raises(Refused, match="They changed their request just now"):
        held.close(jo, Resolution.CAME_BACK, TUESDAY_10)


# The spool ----------------------------------------------------------------------------------------------------


def test_while_the_database_is_away_it_waits_in_the_spool_under_the_same_id(no_database):
    asked = Submission(NUMBER, name="Sam")
    ids = {accepting.accept(asked, now=TUESDAY_10 + number * MINUTE) for number in (0, 1, 11 - 2)}
    assert len(ids) == spool.count() == 1
    no_database()
    assert accepting.drain() == 1
    assert [request.submission for request in requests()] == [asked]
    assert spool.count() == 0
    assert accepting.find(codes.private_code(ids.pop()), TUESDAY_10).request == requests()[0]


def test_a_press_that_was_stored_and_spooled_is_one_request(db):
    """The database took it, and died before it could say so."""
    stored = store()
    spool.put(stored.id, bytes(stored.sealed), TUESDAY_10)
    assert accepting.drain() == 1
    assert [version.id for version in Answers.objects.all()] == [stored.id]


def test_a_press_that_waits_and_comes_again_past_the_window_is_one_version(db):
    """Spooled at 9:59; the database is back at 10:01 and takes the second press before the first is drained."""
    asked, early, late = Submission(NUMBER), TUESDAY_10 - MINUTE, TUESDAY_10 + MINUTE
    waits = asked.version_id(window_of(early))
    spool.put(waits, seal(asked, waits), early)
    stored = accepting.store(asked, late)
    assert accepting.drain() == 1
    assert [version.id for version in Answers.objects.all()] == [stored.id]
    assert accepting.find(codes.private_code(waits), late) == stored


def test_a_press_that_was_stored_and_closed_meanwhile_does_not_come_back(db):
    stored = store()
    spool.put(stored.id, bytes(stored.sealed), TUESDAY_10)
    withdraw(stored, TUESDAY_10 + MINUTE)
    accepting.drain()
    assert [request.status for request in requests()] == [Status.CLOSED]


def test_who_asks_again_after_closing_while_the_database_is_away_is_not_lost(db):
    stored = store()
    withdraw(stored, TUESDAY_10 + MINUTE)
    spool.put(stored.id, bytes(stored.sealed), TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert [request.status for request in requests()] == [Status.CLOSED, Status.NEW]
    found = accepting.find(codes.private_code(stored.id), TUESDAY_10 + 3 * MINUTE)
    assert found.request == requests()[1]


def test_a_drain_that_ends_half_way_goes_on(no_database, monkeypatch):
    for number in range(3):
        accepting.accept(Submission(f"+1216555010{number}"), now=TUESDAY_10)
    no_database()
    remove, calls = spool.remove, []

    def killed(version_id):
        calls.append(version_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        remove(version_id)

    monkeypatch.setattr(spool, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        accepting.drain()
    assert (CallbackRequest.objects.count(), spool.count()) == (2, 2)
    monkeypatch.undo()
    accepting.drain()
    assert (CallbackRequest.objects.count(), spool.count()) == (3, 0)


def test_what_cannot_be_opened_stays_in_the_spool_and_holds_nobody_back(no_database):
    spool.put(accepting.accept(Submission("+12165550100"), now=TUESDAY_10), b"", TUESDAY_10)
    with spool._open() as opened:
        opened.execute("UPDATE waiting SET sealed = ?", [b"damaged"])
    accepting.accept(Submission(NUMBER), now=TUESDAY_10)
    no_database()
    assert (accepting.drain(), spool.count(), CallbackRequest.objects.count()) == (1, 1, 1)


def test_after_a_failure_the_database_is_left_alone_for_a_while(no_database, django_assert_num_queries, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(accepting.time, "monotonic", lambda: clock[0])
    accepting.accept(Submission(NUMBER), now=TUESDAY_10)
    with django_assert_num_queries(0):
        accepting.accept(Submission("+12165550199"), now=TUESDAY_10)
    no_database()
    clock[0] += accepting.BREAK_SECONDS
    accepting.accept(Submission("+12165550188"), now=TUESDAY_10)
    assert CallbackRequest.objects.count() == 1


def test_who_cannot_have_a_turn_in_time_is_stored_in_the_spool(db, monkeypatch):
    monkeypatch.setattr(accepting, "TURN_SECONDS", 0)
    with accepting._turn:
        accepting.accept(Submission(NUMBER), now=TUESDAY_10)
    assert (CallbackRequest.objects.count(), spool.count()) == (0, 1)
    assert accepting.drain() == CallbackRequest.objects.count() == 1


def test_where_neither_takes_it_nobody_is_thanked(no_database, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path / "gone"
    with pytest.raises(accepting.NotStored):
        accepting.accept(Submission(NUMBER), now=TUESDAY_10)
    assert not (tmp_path / "gone").exists()
