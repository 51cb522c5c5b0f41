"""Staff are told by mail that something waits: once, never what, and a mail that did not go out is tried again."""

import datetime

import pytest
from django.db import connection

from intake import notices, notifications
from intake.models import CallbackRequest
from intake.notices import Notice
from intake.words import Outcome, Resolution
from tests.intake.conftest import TUESDAY_10, staff, withdraw
from tests.mail_server import mail_server

MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)
WAITING, OVERDUE = "A request is waiting. Sign in.", "A call is overdue. Sign in."


@pytest.fixture
def server(settings):
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """`clock.at` is the time at which a mail was found not to go out."""

    class Clock:
        at = TUESDAY_10

    monkeypatch.setattr(notifications.timezone, "now", lambda: Clock.at)
    return Clock


@pytest.fixture
def send(clock):
    def at(moment):
        clock.at = moment
        notifications.send(moment)

    return at


def with_address(user, address=None):
    user.email = address or f"{user.username}@clinic.example"
    user.save()
    return user


@pytest.fixture
def jo(jo):
    return with_address(jo)


@pytest.fixture
def sue(db):
    return with_address(staff("Sue", "supervisor"))


def told(server) -> list[tuple[str, str]]:
    """(to whom, subject) of each mail, in the order of sending."""
    return [(mail["To"], mail["Subject"]) for mail in server.mails]


# What it says and to whom -------------------------------------------------------------------------------------


def test_a_mail_is_the_same_words_whatever_was_sent(send, server, jo, make_request):
    request = make_request("+12165550187", name="Rosalind", note="zebra marmalade. I want to die", text_ok=True)
    send(TUESDAY_10)
    [mail] = server.mails
    assert mail["Subject"] == WAITING
    assert mail.get_content().splitlines() == [WAITING, "", "http://localhost:8000/admin/"]
    assert {*mail.keys()} == {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
    }
    for canary in ("Rosalind", "zebra", "0187", request.reference, str(request.pk), "crisis"):
        assert canary not in mail.as_string()


def test_each_who_works_the_desk_gets_a_mail_of_their_own(send, server, jo, sue, tom, make_request):
    for group in ("operator", "editor", "privacy"):
        with_address(staff(group.title(), group))
    gone = with_address(staff("Gone", "triage"))
    gone.is_active = False
    gone.save()
    with_address(staff("Both", "triage", "supervisor"), "jo@clinic.example")
    make_request()  # and Tom has no address
    send(TUESDAY_10)
    assert told(server) == [("jo@clinic.example", WAITING), ("sue@clinic.example", WAITING)]


def test_one_address_that_is_refused_keeps_nobody_elses_mail_back(send, server, jo, sue, make_request):
    server.refused.add("jo@clinic.example")
    make_request()
    send(TUESDAY_10)
    assert told(server) == [("sue@clinic.example", WAITING)]
    assert notifications.failing_since() is None


# How often ----------------------------------------------------------------------------------------------------


def test_staff_are_told_once_of_a_request(send, server, jo, make_request):
    make_request()
    for moment in (TUESDAY_10, TUESDAY_10 + 6 * MINUTE, TUESDAY_10 + HOUR):
        send(moment)
    assert told(server) == [("jo@clinic.example", WAITING)]


def test_there_is_one_mail_in_five_minutes_and_the_next_tells_of_all_that_came_since(send, server, jo, make_request):
    make_request()
    send(TUESDAY_10)
    make_request("+12165550101")
    make_request("+12165550102")
    send(TUESDAY_10 + 4 * MINUTE)
    assert len(server.mails) == 1
    send(TUESDAY_10 + 5 * MINUTE)
    send(TUESDAY_10 + 10 * MINUTE)
    assert len(server.mails) == 2


def test_who_asks_again_is_told_again(send, server, jo, make_request):
    make_request()
    send(TUESDAY_10)
    make_request(at=TUESDAY_10 + HOUR, note="once more")
    send(TUESDAY_10 + HOUR)
    assert len(server.mails) == 2


def test_what_was_closed_before_anybody_was_told_is_no_mail(send, server, jo, make_request):
    request = make_request()
    request.claim(jo, TUESDAY_10)
    request.close(jo, Resolution.DUPLICATE, TUESDAY_10)
    send(TUESDAY_10)
    assert server.mails == []


def test_a_crisis_that_was_taken_back_is_told(send, server, jo, make_request):
    request = make_request(note="I want to die")
    withdraw(request.versions.get())
    send(TUESDAY_10)
    assert told(server) == [("jo@clinic.example", WAITING)]


def test_of_two_sweepers_one_sends(server, jo, make_request, monkeypatch):
    make_request()
    deliver = notifications._deliver

    def while_another_sweeps(*args):
        monkeypatch.setattr(notifications, "_deliver", deliver)
        notifications.send(TUESDAY_10)
        deliver(*args)

    monkeypatch.setattr(notifications, "_deliver", while_another_sweeps)
    notifications.send(TUESDAY_10)
    assert len(server.mails) == 1


def test_of_two_sweepers_that_saw_the_same_row_one_claims_it(db):
    one, other = Notice.of("waiting", TUESDAY_10), Notice.of("waiting", TUESDAY_10)
    assert (one.claim(TUESDAY_10), other.claim(TUESDAY_10)) == (True, False)


def test_without_email_url_nothing_is_sent_and_nothing_counts_as_told(send, mailoutbox, jo, make_request):
    make_request()
    send(TUESDAY_10)
    assert mailoutbox == []
    assert CallbackRequest.objects.untold().count() == 1
    assert notifications.failing_since() is None


# A mail server that does not do its part ----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["refuses", "hangs"])
def test_what_did_not_go_out_is_said_and_tried_again_until_it_does(send, server, jo, make_request, fault, settings):
    setattr(server, fault, True)
    settings.EMAIL_TIMEOUT, patience = 0.1, settings.EMAIL_TIMEOUT
    make_request()
    send(TUESDAY_10)
    send(TUESDAY_10 + MINUTE)
    assert notifications.failing_since() == TUESDAY_10
    setattr(server, fault, False)
    settings.EMAIL_TIMEOUT = patience
    send(TUESDAY_10 + 2 * MINUTE)
    assert server.mails == []  # the second wait is two minutes
    send(TUESDAY_10 + 3 * MINUTE)
    assert told(server) == [("jo@clinic.example", WAITING)]
    assert notifications.failing_since() is None
    send(TUESDAY_10 + HOUR)
    assert len(server.mails) == 1


def test_a_server_so_slow_that_no_mail_was_sent_has_told_nobody(send, server, jo, make_request, monkeypatch):
    monkeypatch.setattr(notifications, "PATIENCE", -1)
    make_request()
    send(TUESDAY_10)
    assert server.mails == []
    assert notifications.failing_since() == TUESDAY_10
    assert CallbackRequest.objects.untold().count() == 1


def test_the_wait_doubles_from_a_minute_to_an_hour(db):
    notice, waits = Notice.of("waiting", TUESDAY_10), []
    for _ in range(9):
        notice.failed(TUESDAY_10)
        waits.append((notice.not_before - TUESDAY_10) // MINUTE)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_alarm_ends_when_the_mail_server_answers_again_also_when_nothing_waits(send, server, jo, make_request):
    server.refuses = True
    request = make_request()
    send(TUESDAY_10)
    request.claim(jo, TUESDAY_10)
    request.close(jo, Resolution.DUPLICATE, TUESDAY_10)
    send(TUESDAY_10 + MINUTE)
    assert notifications.failing_since() == TUESDAY_10
    server.refuses = False
    send(TUESDAY_10 + HOUR)
    assert notifications.failing_since() is None
    assert server.mails == []


def test_what_failed_is_logged_by_class_and_place_alone(send, server, jo, make_request, caplog):
    server.refuses = True
    make_request(name="Rosalind")
    send(TUESDAY_10)
    assert [record.message for record in caplog.records] == ["the mail to staff did not go out"]


def test_a_sweeper_that_died_while_sending_is_waited_for_and_the_mail_still_goes_out(send, server, jo, make_request):
    make_request()
    Notice.of("waiting", TUESDAY_10).claim(TUESDAY_10)
    send(TUESDAY_10 + MINUTE)
    assert server.mails == []
    send(TUESDAY_10 + notices.EVERY)
    assert len(server.mails) == 1


# Overdue ------------------------------------------------------------------------------------------------------


def test_each_staffed_morning_supervisors_hear_of_overdue_calls_once(send, server, jo, sue, make_request):
    make_request()
    CallbackRequest.objects.update(told_at=TUESDAY_10)
    send(TUESDAY_10 + 8 * HOUR)  # not overdue yet
    for days in (2, 3, 4, 5, 6):  # Thursday and Friday, a week-end, Monday
        send(TUESDAY_10 + days * DAY - 9 * HOUR)  # one at night
        for hours in (0, 1, 5):
            send(TUESDAY_10 + days * DAY + hours * HOUR)
    assert told(server) == [("sue@clinic.example", OVERDUE)] * 3


def test_no_mail_of_overdue_calls_once_somebody_has_tried(send, server, jo, sue, make_request):
    request = make_request()
    CallbackRequest.objects.update(told_at=TUESDAY_10)
    request.claim(jo, TUESDAY_10 + 2 * DAY)
    request.record_attempt(jo, Outcome.NO_ANSWER, TUESDAY_10 + 2 * DAY)
    send(TUESDAY_10 + 2 * DAY + HOUR)
    assert server.mails == []


def test_the_sets_are_found_by_their_index(db):
    if connection.vendor != "sqlite":
        pytest.skip("how SQLite finds them")
    assert "untold" in CallbackRequest.objects.untold().explain()
