"""Who may see what is kept, hold it and delete it: who looks after privacy, and nobody else, a supervisor neither."""

import pytest
from django.test import Client

from intake.models import CallbackRequest
from intake.words import Resolution
from tests.intake.conftest import KEEPING, QUEUE, TUESDAY_10, on_record, staff

NOT_THEIRS = ("triage", "supervisor", "editor", "operator", None)
ADDRESSES = ("", "seen/", "hold/", "{pk}/lift/", "delete/")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete"])
@pytest.mark.parametrize("group", NOT_THEIRS)
def test_nobody_else_sees_it_or_does_it(client_of, make_request, group, method, address):
    stored = make_request()
    user = staff("Someone", *([group] if group else []))
    answer = getattr(client_of(user), method)(KEEPING + address.format(pk=stored.pk), {"reference": stored.reference})
    assert answer.status_code == 403
    assert on_record() == [("", f"Was refused: {answer.resolver_match.view_name}")]


@pytest.mark.parametrize(
    ("address", "method", "status"),
    [
        ("", "get", 200),
        ("", "head", 200),
        ("", "post", 405),
        ("seen/", "get", 302),
        ("seen/", "post", 422),
        ("seen/", "put", 405),
        ("hold/", "get", 302),
        ("hold/", "post", 422),
        ("hold/", "put", 405),
        ("{pk}/lift/", "get", 302),
        ("{pk}/lift/", "post", 302),
        ("{pk}/lift/", "delete", 405),
        ("delete/", "get", 200),
        ("delete/", "post", 409),
        ("delete/", "delete", 405),
    ],
)
def test_what_privacy_may_do_where(client_of, pat, make_request, address, method, status):
    answer = getattr(client_of(pat), method)(KEEPING + address.format(pk=make_request().pk))
    assert answer.status_code == status
    assert CallbackRequest.objects.filter(on_hold=False).exists()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_sent_to_sign_in(client, make_request, address):
    assert client.get(KEEPING + address.format(pk=make_request().pk)).url.startswith("/admin/login/")


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_a_post_without_its_token_does_nothing(pat, make_request, jo, address):
    stored, client = make_request(), Client(enforce_csrf_checks=True)
    stored.claim(jo, TUESDAY_10)
    stored.close(jo, Resolution.DUPLICATE, TUESDAY_10)  # long ago
    client.force_login(pat)
    sent = {"reference": stored.reference, "reason": "legal", "number": "1"}
    assert client.post(KEEPING + address.format(pk=stored.pk), sent).status_code == 403
    assert CallbackRequest.objects.get().on_hold is False


def test_privacy_starts_here_and_whoever_has_both_at_the_calls(client_of, pat, db):
    both = staff("Bo", "triage", "privacy")
    assert client_of(pat).get("/admin/").url == KEEPING
    assert client_of(both).get("/admin/").url == QUEUE
    assert f'href="{KEEPING}"' in client_of(both).get(QUEUE).content.decode()


def test_who_may_not_has_no_link_to_it(page_of, db):
    assert KEEPING not in page_of(staff("Sue", "supervisor"), QUEUE)
