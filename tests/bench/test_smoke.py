"""The benches of speed still run: each once and shortly. What they count is looked at, never how long it took.

Peers are left out; what needs wrk is skipped where that is not installed, and nginx is left out where it is not.
"""

import shutil
import sys
from types import SimpleNamespace

import pytest

from bench import forms, load, mixed, pages, slow

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benches read /proc")
with_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    with pages.with_many(tmp_path_factory.mktemp("bench"), 30) as many:
        yield many


@with_wrk
def test_each_way_sends_whole_pages_and_the_same_bytes(many, tmp_path):
    spent = pages.measure(tmp_path, many[0], rounds=1)
    ways = {"this site", "WSGI function, gunicorn threads", "Django view with kept bytes, gunicorn threads"}
    ways |= {"nginx, static, gzip_static"} if shutil.which("nginx") else set()
    assert set(spent) == {(way, close) for way in ways for close in (False, True)}
    assert all(counted.requests > 0 and counted.errors == 0 for [(counted, _)] in spent.values())


@with_wrk
def test_distinct_pages_are_asked_for_and_answered(many, tmp_path):
    spent = pages.distinct(tmp_path, *many, rounds=1)
    assert set(spent) == {10, len(many[1])}
    assert all(counted.requests > 0 and counted.errors == 0 for [(counted, _)] in spent.values())


@with_wrk
def test_pages_are_sent_while_forms_are_posted(many):
    counted, stored = mixed.read_while_they_post(many[0])
    assert counted.errors == 0 and counted.requests > 0 and stored > 0


def test_slow_connections_hold_up_no_reader(many, tmp_path):
    waits, opened = slow.measure(tmp_path, many[0], dripping=8, seconds=0.5)["this site"]
    assert len(waits) == slow.EACH_SECOND // 2 and None not in waits
    assert opened >= 8


def test_what_the_database_did_not_take_is_counted(many, tmp_path):
    site = SimpleNamespace(port=many[0].port, data=many[0].data_dir, log=many[0].data_dir.with_name("serve.log"))
    stored = forms.post(site, 20)
    assert stored.posts >= 20 and len(stored.waits) == stored.posts
    assert forms.bare(tmp_path, 20).missed == 0


def test_bytes_that_differ_end_a_bench():
    expected = load.Answer(200, [], b"a page", 100)
    counted = load.Load(10, 0, 1000, 1, 0, 0, 0)
    pages.check(counted, expected, expected)
    with pytest.raises(SystemExit):
        pages.check(counted, expected, expected._replace(body=b"other"))
    with pytest.raises(SystemExit):
        pages.check(counted._replace(answered=100_000), expected, expected)
    with pytest.raises(SystemExit):
        pages.check(counted._replace(errors=1), expected, expected)
