"""Someone rings: found by number, reference or name in one step, and nothing that was typed is left anywhere."""

import datetime

import pytest

from intake import vault
from intake.answers import PrivateCode
from intake.words import Resolution
from tests.intake.conftest import QUEUE, card, change, code_of, on_record, recorded_by

FIND = QUEUE + "find/"


@pytest.fixture
def search(client_of, jo):
    client = client_of(jo)
    return lambda who: client.post(FIND, {"who": who})


@pytest.fixture
def sam(make_request):
    return make_request("+12165550187", name="Sám O’Neil")


@pytest.mark.parametrize("typed", ["2165550187", "(216) 555-0187", "+1 216.555.0187", "216 555 0187 "])
def test_a_number_typed_in_any_form_opens_the_card(search, sam, typed):
    answer = search(typed)
    assert (answer.status_code, answer.url) == (302, card(sam))


def test_a_number_with_an_extension_is_found_by_the_number_alone(search, make_request):
    stored = make_request("+12165550101;ext=7")
    assert search("216 555 0101").url == card(stored)


def test_a_search_by_number_or_reference_opens_nothing_that_anybody_sent(search, make_request, monkeypatch):
    stored = make_request("+12165550101;ext=7")
    monkeypatch.setattr(vault, "open_sealed", None)
    assert search("216 555 0101").url == search(stored.reference).url == card(stored)


def test_another_number_is_found_by_it_alone_too(search, make_request):
    code = code_of(make_request("+12165550101;ext=7").versions.get())
    moved = change(code, phone="+12165550102;ext=8")
    assert search("216 555 0102").url == card(moved.request)


@pytest.mark.parametrize("typed", ["0187", "555 0187", "21655501877", "1", "216 555 018"])
def test_fewer_than_ten_digits_find_nobody_and_say_why(search, sam, typed):
    answer = search(typed)
    assert answer.status_code == 422
    assert "Type all 10 digits of the number." in answer.content.decode()
    assert "Write down a call</button>" not in answer.content.decode()


@pytest.mark.parametrize("typed", ["sam", "SAM O'NEIL", "oneil", "Sám"])
def test_a_name_opens_the_card(search, sam, typed):
    assert search(typed).url == card(sam)


def test_several_who_fit_are_listed_with_open_ones_first(search, make_request, jo, now):
    closed, opened = make_request(name="Sam"), make_request(name="Samira")
    closed.claim(jo, now)
    closed.close(jo, Resolution.CAME_BACK, now)
    page = search("216 555 0143").content.decode()
    assert "More than one request fits." in page
    assert page.index(opened.reference) < page.index(closed.reference)
    assert search("sam").url == card(opened)  # by name: among those that are open


def test_nobody_found_leads_to_writing_down_a_call_with_the_number(client_of, jo, db):
    client = client_of(jo)
    page = client.post(FIND, {"who": "216 555 0187"}).content.decode()
    assert "No request fits." in page and "May I take your name?" in page
    assert '<input type="hidden" name="phone" value="+12165550187">' in page
    form = client.post(QUEUE + "add/", {"phone": "+12165550187", "start": "yes"}).content.decode()
    assert 'value="+12165550187"' in form and "to fix" not in form


@pytest.mark.parametrize("typed", ["", "  ", "x", "?", "\x00"])
def test_too_little_finds_nobody(search, sam, typed):
    assert search(typed).status_code in {200, 422}


def test_what_cannot_be_opened_hides_nobody_else(search, make_request, sam):
    make_request("+12165550199", name="Sam").versions.update(sealed=b"damaged")
    assert search("sam").url == card(sam)


def test_a_search_leaves_a_record_without_what_was_typed(search, sam, jo):
    search("sam")
    search("nobody at all")
    assert on_record() == [(sam.reference, "Found by a search"), ("", "Searched and found nobody")]
    assert recorded_by() == {jo.pk}


def test_of_many_who_fit_only_those_that_are_shown_are_on_the_record(search, make_request, now):
    stored = [
        make_request(f"+121655501{number:02}", name="Sam", at=now + number * datetime.timedelta(minutes=1))
        for number in range(27)
    ]
    page = search("sam").content.decode()
    assert "And 2 more." in page and page.count("Take this call") == 25
    assert sorted(reference for reference, _ in on_record()) == sorted(each.reference for each in stored[2:])


def test_a_search_is_a_post_that_answers_without_an_address(client_of, jo, sam):
    assert client_of(jo).get(FIND + "?who=sam").status_code == 405
    answer = client_of(jo).post(FIND, {"who": "216 555 0187"})
    assert "0187" not in answer.url


def test_a_name_is_found_in_any_version_that_stands(search, make_request, now):
    first = make_request(name="Sam")
    make_request(note="later", at=now + datetime.timedelta(minutes=1))
    assert search("sam").url == card(first)


def test_what_is_no_reference_finds_no_request_that_has_no_code(search, make_request):
    PrivateCode.objects.filter(answers__request=make_request(name="Sam")).delete()
    assert "No request fits." in search("Nobody").content.decode()
