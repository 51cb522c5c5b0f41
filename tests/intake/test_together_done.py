"""What is done with several requests at once, and what of it is refused: each by itself, once, and nothing unseen."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from intake.admin import wording
from intake.attempts import StaffNote
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.words import Outcome
from reentry_site.record.chain import NotWritten
from tests.intake.conftest import CLOSINGS, QUEUE, at_once, card, carried, on_record, recorded_by, said, staff, words_of


@pytest.fixture
def now():
    """The desk's pages read the clock themselves."""
    return timezone.now()


# What is done -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", CLOSINGS)
def test_what_is_confirmed_is_closed_and_each_is_on_the_record(press_together, make_opened, ada, do):
    stored = [make_opened(), make_opened()]
    done = press_together(do, *carried(press_together(do, *stored)), sure="yes", tab="look")
    assert (done.status_code, done.url) == (302, QUEUE + "?tab=look")
    label = CLOSINGS[do].label
    assert said(done) == [f"2 requests closed as {label.lower()}."]
    assert {(each.status, each.resolution, each.claimed_by) for each in CallbackRequest.objects.all()} == {
        ("closed", CLOSINGS[do], None)
    }
    assert on_record() == [(each.reference, f"Closed together with others: {label}") for each in stored]
    assert recorded_by() == {ada.pk}


def test_what_was_closed_can_be_undone_on_its_card(press_together, client_of, make_opened, ada):
    stored = make_opened()
    press_together("not_reached", *carried(press_together("not_reached", stored)), sure="yes")
    client_of(ada).post(card(stored, "undo_last"))
    assert CallbackRequest.objects.get().status == "new"


def test_what_is_assigned_is_held_by_the_colleague_with_a_line(press_together, make_opened, tom, ada, now):
    stored = make_opened()
    done = press_together("assign", *carried(press_together("assign", stored, to=tom.pk)), to=tom.pk, sure="yes")
    assert said(done) == ["1 request assigned to Tom."]
    stored.refresh_from_db()
    assert stored.holder(timezone.now()) == tom
    assert StaffNote.objects.get().text == "To Tom: Assigned to you"
    assert on_record() == [(stored.reference, "Assigned together with others")]


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_a_second_press_does_nothing_more(press_together, make_opened, tom, do):
    chosen = carried(press_together(do, make_opened(), make_opened(), to=tom.pk))
    press_together(do, *chosen, to=tom.pk, sure="yes")
    before = on_record()
    again = press_together(do, *chosen, to=tom.pk, sure="yes")
    assert said(again)[-1].endswith(f"2 left out: {'Tom has it' if do == 'assign' else 'closed already'}.")
    assert on_record() == before


@pytest.mark.parametrize("do", [*CLOSINGS, "assign"])
def test_what_changed_since_the_page_is_left_out_and_the_others_are_done(
    press_together, make_opened, make_request, jo, tom, now, do
):
    free, taken, changed, tried, gone = (make_opened() for _ in range(5))
    chosen = carried(press_together(do, free, taken, changed, tried, gone, to=tom.pk))
    taken.claim(jo, now)
    make_request(changed.submission.phone, name="Rosalind", note="I am well", at=now + datetime.timedelta(minutes=20))
    tried.claim(jo, now)
    tried.record_attempt(jo, Outcome.NO_ANSWER, now)
    gone.versions.all().delete()
    CallbackRequest.objects.filter(pk=gone.pk).delete()

    done = press_together(do, *chosen, to=tom.pk, sure="yes")

    assert [line[0] for line in on_record()] == [free.reference]
    assert said(done)[0].split(". ", 1)[1].rstrip(".").split(". ") == [
        "1 left out: Jo has it",
        "2 left out: something changed meanwhile",
        "1 left out: not here any more",
    ]


def test_one_that_cannot_be_done_undoes_no_other(press_together, make_opened, monkeypatch):
    """Refused by the verb itself, at the last moment."""
    stored = [make_opened() for _ in range(3)]
    close = CallbackRequest.close

    def close_but_the_second(self, *args, **named):
        close(self, *args, **named)
        if self.pk == stored[1].pk:
            raise Refused("Not this one.")

    monkeypatch.setattr(CallbackRequest, "close", close_but_the_second)
    done = press_together("not_reached", *carried(press_together("not_reached", *stored)), sure="yes")
    assert said(done) == ["2 requests closed as not reached. 1 left out: Not this one."]
    assert [CallbackRequest.objects.get(pk=each.pk).status for each in stored] == ["closed", "new", "closed"]
    assert CallbackRequest.objects.get(pk=stored[1].pk).claimed_by is None
    assert len(on_record()) == 2


def test_where_the_record_cannot_be_written_nothing_is_done(press_together, make_opened):
    stored = [make_opened(), make_opened()]
    chosen = carried(press_together("not_reached", *stored))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_entry RENAME TO gone")
    with pytest.raises(NotWritten):
        press_together("not_reached", *chosen, sure="yes")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO record_entry")
    assert {each.status for each in CallbackRequest.objects.all()} == {"new"}


@pytest.mark.django_db(transaction=True)
def test_a_call_that_is_taken_in_the_same_moment_is_never_taken_away(press_together, make_opened, jo, tom, now):
    def take(stored: CallbackRequest) -> bool:
        try:
            stored.claim(jo, now)
        except Refused:
            return False
        return True

    for _ in range(5):
        stored = make_opened()
        chosen = carried(press_together("assign", stored, to=tom.pk))
        was_taken, _ = at_once(lambda: take(stored), lambda: press_together("assign", *chosen, to=tom.pk, sure="yes"))  # noqa: B023
        stored.refresh_from_db()
        assert stored.holder(now) == (jo if was_taken else tom)


# What is refused ----------------------------------------------------------------------------------------------


def test_200_are_taken_and_201_are_refused_whole(press_together, make_opened):
    stored = make_opened()
    others = [f"00000000-0000-4000-8000-{number:012}" for number in range(200)]
    page = press_together("not_reached", stored, *others, sure="yes")
    assert page.status_code == 422
    assert "Choose 200 requests or fewer at a time. Nothing was done." in words_of(page)
    page = press_together("not_reached", stored, *others[1:])
    assert page.status_code == 200
    assert "199 of those chosen are not here any more" in words_of(page)


@pytest.mark.parametrize("sure", [{}, {"sure": "yes"}])
@pytest.mark.parametrize(
    "chosen",
    [[], ["x"], ["\0"], [""], ["1" * 5000], ["' OR 1=1 --"], ["00000000-0000-4000-8000-000000000000 ٣ -1"] * 3],
)
@pytest.mark.parametrize("do", ["not_reached", "assign", "", "x", "\0"])
def test_odd_input_is_answered_in_words(press_together, make_opened, tom, do, chosen, sure):
    make_opened()
    page = press_together(do, *chosen, to=tom.pk, **sure)
    assert page.status_code in {302, 409, 422}
    assert CallbackRequest.objects.get().status == "new"
    assert on_record() == []


def test_one_chosen_twice_counts_once(press_together, make_opened):
    stored = make_opened()
    page = press_together("not_reached", stored, stored, str(stored.pk).upper(), stored.pk.hex)
    assert "1 request will be closed" in words_of(page)
    done = press_together("not_reached", *carried(page) * 2, sure="yes")
    assert said(done) == ["1 request closed as not reached."]


@pytest.mark.parametrize("to", ["", "0", "x", "9" * 30, "٣", "\0"])
def test_without_a_colleague_the_page_asks_for_one_and_keeps_what_was_chosen(press_together, make_opened, tom, to):
    stored = make_opened()
    page = press_together("assign", stored, to=to, sure="yes")
    assert page.status_code == 422
    assert "Pick the colleague who takes 1 request." in words_of(page)
    assert f'name="chosen" value="{stored.pk}"' in page.content.decode()
    assert f'<option value="{tom.pk}">Tom</option>' in page.content.decode()
    assert CallbackRequest.objects.get().claimed_by is None


def test_only_who_can_take_calls_is_a_colleague(ada, jo, tom, db):
    staff("Eda", "editor")
    staff("Pia", "privacy")
    tom.is_active = False
    tom.save()
    assert list(wording.colleagues(ada)) == [jo]


@pytest.mark.parametrize("tab", ["//elsewhere.example", "a b", "look\n", "x" * 50, "&page=2"])
def test_the_way_back_leads_nowhere_else(press_together, make_opened, tab):
    chosen = carried(press_together("not_reached", make_opened()))
    assert press_together("not_reached", *chosen, sure="yes", tab=tab).url == QUEUE
