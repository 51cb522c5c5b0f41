"""What each of our addresses takes: which methods (whatever else is sent is refused), and that no report of an error
would hold what was posted. A new address fails here until somebody has said what it takes."""

from collections import defaultdict

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.views.debug import SafeExceptionReporterFilter

from intake.admin.desk import VERBS
from tests.intake.conftest import on_record, staff

CALL = "admin:intake_callbackrequest_"
TAKES = {
    "GET, HEAD": {
        *(CALL + name for name in ("changelist", "change", "changes", "history", "charts", "keeping")),
        *("admin:pages", "admin:pages_picture", "accounts:picture", "accounts:left"),
        *("intake:received", "intake:link", "leave", "healthz", "readyz", "pages:sitemap", "pages:robots"),
        *("pages:picture", "pages:preview", "pages:preview_picture", "pages:preview_stamp"),
        *("pages:next_site", "pages:next_site_picture", "pages:next_site_stamp", "pages:next_page", "pages:show"),
    },
    "GET, HEAD, POST": {
        *(CALL + name for name in ("add", "together", "export")),
        *(f"{CALL}keeping_{name}" for name in ("seen", "hold", "lift", "delete")),
        *("admin:pages_check", "admin:pages_preview", "admin:pages_next_site"),
        *("accounts:invited", "accounts:again", "intake:ask", "intake:yours"),
        "usersessions_list",
    },
    "POST": {CALL + name for name in (*VERBS, "find")} | {"accounts:stay"},
}


def names(patterns, spaces=()):
    for each in patterns:
        if hasattr(each, "url_patterns"):
            yield from names(each.url_patterns, (*spaces, each.namespace) if each.namespace else spaces)
        elif each.name:
            yield ":".join((*spaces, each.name))


def address_of(name: str, pk) -> str | None:
    """An address of that name: of a request that is there, of anything else."""
    for args in ((), (pk,), (1,), ("x",), ("x", "y")):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            pass
    return "/faq/" if name == "pages:show" else None


@pytest.fixture
def everyone(db) -> Client:
    client = Client()
    client.force_login(staff("Everyone", "triage", "supervisor", "privacy", "editor", "operator"))
    return client


def test_each_address_takes_the_methods_that_it_is_for_and_no_other(make_request, everyone):
    stored, found = make_request(), defaultdict(set)
    for name in names(get_resolver().url_patterns):
        if address := address_of(name, stored.pk):
            found[everyone.generic("BREW", address).get("Allow")].add(name)
    assert {methods: found[methods] for methods in TAKES} == TAKES
    assert [what for _, what in on_record() if not what.startswith("Was refused: ")] == []


def test_no_report_of_an_error_would_hold_what_was_typed(make_request, everyone):
    """Of the editors' pages, and of one's own sessions, it may: nobody's words but theirs are in them."""
    stored, told = make_request(), set()
    for name in sorted((TAKES["POST"] | TAKES["GET, HEAD, POST"]) - {"accounts:stay"}):
        asked = everyone.post(address_of(name, stored.pk), {"a": "canary"}).wsgi_request
        if "canary" in SafeExceptionReporterFilter().get_post_parameters(asked).values():
            told.add(name)
    assert told == {"admin:pages_check", "admin:pages_preview", "admin:pages_next_site", "usersessions_list"}
