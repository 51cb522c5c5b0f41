"""While the database is away nothing is lost, doubled, or brought back that was ended since."""

import datetime

import pytest
from django.db import DataError, IntegrityError

from intake import accepting, spool
from intake.answers import CODE_LASTS, Answers, seal
from intake.models import CallbackRequest
from intake.submission import Submission, window_of
from intake.words import Look, Outcome, Resolution, Status
from tests.intake.conftest import MINUTE, NUMBER, TUESDAY_10, change, code_of, opens, requests, store, withdraw


def put(stored: Answers, now=TUESDAY_10) -> None:
    """The same press in the spool: the database took it, and died before it could say so."""
    spool.put(stored.id, bytes(stored.sealed), now)


def spooled(now=TUESDAY_10, look=(), **sent):
    """A press that waits in the spool; the code that was shown for it."""
    submission = Submission(NUMBER, **sent)
    version_id = submission.version_id(window_of(now))
    spool.put(version_id, seal(submission, version_id, look), now)
    return accepting.codes.private_code(version_id)


def test_while_the_database_is_away_it_waits_in_the_spool_under_the_same_id(no_database):
    asked = Submission(NUMBER, name="Sam")
    ids = {accepting.accept(asked, now=TUESDAY_10 + number * MINUTE) for number in (0, 1, 11 - 2)}
    assert len(ids) == spool.count() == 1
    no_database()
    assert accepting.drain() == 1
    assert [request.submission for request in requests()] == [asked]
    assert spool.count() == 0
    assert opens(accepting.codes.private_code(ids.pop())).request == requests()[0]


def test_a_press_that_waits_and_comes_again_on_the_other_side_of_a_window_waits_once(no_database):
    ids = {accepting.accept(Submission(NUMBER), now=TUESDAY_10 + after * MINUTE) for after in (-1, 1)}
    assert len(ids) == spool.count() == 1


def test_the_same_words_ten_minutes_later_wait_beside_the_first(no_database):
    ids = {accepting.accept(Submission(NUMBER), now=TUESDAY_10 + after * MINUTE) for after in (-5, 5)}
    assert len(ids) == spool.count() == 2


def test_a_press_that_was_stored_and_spooled_is_one_request(db):
    stored = store()
    put(stored)
    assert accepting.drain() == 1
    assert [version.id for version in Answers.objects.all()] == [stored.id]


def test_a_press_that_waits_and_comes_again_past_the_window_is_one_version(db):
    """Spooled at 9:59; the database is back at 10:01 and takes the second press before the first is drained."""
    late, code = TUESDAY_10 + MINUTE, spooled(TUESDAY_10 - MINUTE)
    stored = store(late)
    assert accepting.drain() == 1
    assert [version.id for version in Answers.objects.all()] == [stored.id]
    assert opens(code, late) == stored


def test_a_press_that_waits_and_the_same_words_much_later_are_two_versions(db):
    spooled(TUESDAY_10 - 9 * MINUTE)
    store(TUESDAY_10 + 9 * MINUTE)
    accepting.drain()
    assert Answers.objects.count() == 2


def test_a_press_that_was_stored_and_closed_meanwhile_does_not_come_back(db):
    stored = store()
    put(stored)
    withdraw(stored, TUESDAY_10 + MINUTE)
    accepting.drain()
    assert [request.status for request in requests()] == [Status.CLOSED]


def test_who_asks_again_after_closing_while_the_database_is_away_is_not_lost(db):
    stored = store()
    withdraw(stored, TUESDAY_10 + MINUTE)
    put(stored, TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert [request.status for request in requests()] == [Status.CLOSED, Status.NEW]
    for moment in (TUESDAY_10 + 3 * MINUTE, TUESDAY_10 + CODE_LASTS + MINUTE):
        assert opens(code_of(stored), moment).request == requests()[1]


def test_a_spooled_twin_does_not_undo_what_the_client_changed_since(db):
    stored = store()
    put(stored)
    changed = change(code_of(stored), text_ok=True)
    accepting.drain()
    assert opens(code_of(stored), TUESDAY_10 + 2 * MINUTE) == changed


def test_a_spooled_twin_opens_no_request_at_a_number_that_was_left(db):
    stored = store()
    put(stored)
    moved = change(code_of(stored), phone="+12165550199")
    accepting.drain()
    assert list(CallbackRequest.objects.open()) == [moved.request]
    assert opens(code_of(stored), TUESDAY_10 + 2 * MINUTE) is None


@pytest.mark.parametrize("by_staff", [True, False])
def test_what_was_sent_before_they_said_stop_opens_nothing(db, jo, by_staff):
    code = spooled(note="first words")
    stored = store(TUESDAY_10 + MINUTE)
    if by_staff:
        stored.request.claim(jo, TUESDAY_10)
        stored.request.close(jo, Resolution.ASKED_NOT_TO_CALL, TUESDAY_10 + 2 * MINUTE)
    else:
        withdraw(stored, TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert not CallbackRequest.objects.open().exists()
    assert opens(code, TUESDAY_10 + 3 * MINUTE) is None
    assert Answers.objects.filter(request=stored.request).count() == 2


def test_what_waited_joins_who_still_waits_rather_than_who_cancelled_since(db):
    store(name="Sam")
    ana = store(TUESDAY_10 + MINUTE, name="Ana")
    spooled(TUESDAY_10 + 2 * MINUTE, note="no name")
    withdraw(ana, TUESDAY_10 + 3 * MINUTE)
    accepting.drain()
    assert [request.versions.count() for request in requests()] == [2, 1]


def test_a_crowd_that_went_while_they_waited_is_none(db):
    for number, name in enumerate(("Ana", "Bo", "Cy", "Di", "Ed")):
        left = store(TUESDAY_10 + number * MINUTE, name=name)
    spooled(TUESDAY_10 + 6 * MINUTE, name="Flo")
    withdraw(left, TUESDAY_10 + 7 * MINUTE)
    accepting.drain()
    assert requests()[-1].submission.name == "Flo"


def test_who_cancels_and_asks_again_while_a_twin_waits_is_not_lost(db):
    stored = store()
    put(stored)
    withdraw(stored, TUESDAY_10 + MINUTE)
    put(stored, TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert [request.status for request in requests()] == [Status.CLOSED, Status.NEW]


def test_a_row_that_came_again_while_it_was_moved_stays(db, monkeypatch):
    stored = store()
    put(stored)
    read = spool.rows

    def rows():
        found = read()
        put(stored, TUESDAY_10 + MINUTE)
        return found

    monkeypatch.setattr(spool, "rows", rows)
    accepting.drain()
    assert spool.count() == 1


def test_an_older_press_does_not_bring_its_times_back(db):
    spooled(preferred_times=("morning",))
    store(TUESDAY_10 + MINUTE, preferred_times=("evening",))
    accepting.drain()
    assert requests()[0].preferred_times == ["evening"]


def test_why_a_person_is_to_look_comes_along(no_database):
    accepting.accept(Submission(NUMBER), (Look.TRAP,), TUESDAY_10)
    no_database()
    accepting.drain()
    assert requests()[0].needs_look
    assert requests()[0].versions.get().content["look"] == [Look.TRAP]


@pytest.mark.parametrize("refusal", [IntegrityError, DataError])
def test_a_row_that_cannot_be_stored_holds_no_other_back(db, monkeypatch, refusal):
    spooled(note="poison")
    spooled(TUESDAY_10 + MINUTE)
    kept = accepting.store

    def refuse(submission, *args, **options):
        if submission.note == "poison":
            raise refusal
        return kept(submission, *args, **options)

    monkeypatch.setattr(accepting, "store", refuse)
    assert (accepting.drain(), spool.count(), CallbackRequest.objects.count()) == (1, 1, 1)


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


def test_where_no_key_is_left_nobody_is_thanked(db, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "gone"
    with pytest.raises(accepting.NotStored):
        accepting.accept(Submission(NUMBER), now=TUESDAY_10)


def test_a_spool_that_is_lost_is_not_made_anew(no_database, settings):
    file = settings.SPOOL_DIR / spool.FILE
    file.unlink()
    with pytest.raises(accepting.NotStored):
        accepting.accept(Submission(NUMBER), now=TUESDAY_10)
    assert not file.exists()


def test_what_the_spool_confirmed_is_on_the_disk_and_what_left_it_is_overwritten():
    with spool._open() as file:
        names = ("journal_mode", "synchronous", "secure_delete", "cell_size_check")
        found = [file.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    extra = 3
    assert found == ["truncate", extra, 1, 1]


def test_what_waits_longest_comes_first_whatever_the_zone_of_its_time(db):
    moments = [TUESDAY_10 + number * MINUTE for number in range(6)]
    for moment in reversed(moments):
        spooled(moment.astimezone(datetime.timezone(moment.minute * datetime.timedelta(hours=-1))), note=f"{moment}")
    assert [row.received_at for row in spool.rows()] == moments
    assert spool.waiting_since() == moments[0]


def test_what_came_again_by_a_clock_that_was_set_back_came_when_it_came_last(db):
    stored = store()
    put(stored, TUESDAY_10 + MINUTE)
    put(stored)
    assert spool.get(stored.id).received_at == TUESDAY_10 + MINUTE


def test_asking_whether_the_spool_takes_a_row_leaves_none(db):
    assert spool.takes_a_row()
    assert spool.count() == 0


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_crisis_that_waited_is_read_although_its_request_was_closed_meanwhile(db, jo, by_staff):
    spooled(note="I want to die")
    stored = store(TUESDAY_10 + MINUTE)
    if by_staff:
        stored.request.claim(jo, TUESDAY_10 + MINUTE)
        stored.request.close(jo, Resolution.NOT_REACHED, TUESDAY_10 + 2 * MINUTE)
    else:
        withdraw(stored, TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert [request.crisis for request in CallbackRequest.objects.needing_a_look()] == [True]
    assert not CallbackRequest.objects.open().exists()


def test_who_waited_is_not_lost_because_another_there_gave_another_number(db):
    sam = store(name="Sam")
    spooled(TUESDAY_10 + MINUTE, note="by someone else")
    change(code_of(sam), TUESDAY_10 + 2 * MINUTE, phone="+12165550199")
    accepting.drain()
    assert {request.submission.phone for request in CallbackRequest.objects.open()} == {NUMBER, "+12165550199"}


def test_a_twin_under_a_later_id_opens_what_was_changed_since(db):
    stored = store(TUESDAY_10 - MINUTE, voicemail_ok=True)
    code = spooled(TUESDAY_10 + MINUTE, voicemail_ok=True)
    changed = change(code_of(stored), TUESDAY_10 + 2 * MINUTE, voicemail_ok=False)
    accepting.drain()
    assert opens(code, TUESDAY_10 + 3 * MINUTE) == changed


def test_a_twin_under_a_later_id_has_ended_with_the_number(db):
    stored = store(TUESDAY_10 - MINUTE, name="Sam")
    store(TUESDAY_10, note="by someone else")
    code = spooled(TUESDAY_10 + MINUTE, name="Sam")
    change(code_of(stored), TUESDAY_10 + 2 * MINUTE, phone="+12165550199")
    accepting.drain()
    assert opens(code, TUESDAY_10 + 3 * MINUTE) is None


def test_who_asks_again_at_the_number_they_left_while_the_database_is_away_has_a_link(db):
    change(code_of(store()), phone="+12165550199")
    code = spooled(TUESDAY_10 + 2 * MINUTE)
    accepting.drain()
    assert opens(code, TUESDAY_10 + 3 * MINUTE).submission.phone == NUMBER


def test_what_was_agreed_since_is_not_undone_by_what_waited(db, jo):
    spooled(note="x")
    request = store(TUESDAY_10 + MINUTE).request
    request.claim(jo, TUESDAY_10 + MINUTE)
    friday = TUESDAY_10 + datetime.timedelta(days=3)
    request.record_attempt(jo, Outcome.CALL_LATER, TUESDAY_10 + 2 * MINUTE, later=friday)
    accepting.drain()
    assert requests()[0].next_try_at == friday
