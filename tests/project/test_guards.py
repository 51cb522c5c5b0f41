"""The list of guards fits the site: each line stands where it is said to, once, and its test is there."""

import pytest

from tests.guards import guards
from tests.guards.guards import Guard
from tests.project.test_docs import names_in
from tests.site import ROOT


@pytest.mark.parametrize("guard", guards.read(), ids=str)
def test_each_guard_stands_where_it_is_said_to_and_its_test_is_there(guard: Guard):
    text = (ROOT / guard.file).read_text()
    assert text.count(guard.line) == 1
    compile(guard.taken_out_of(text), guard.file, "exec")  # else any test would fail, whatever it holds
    assert bool(guard.test) != bool(guard.because)
    if guard.test:
        file, _, name = guard.test.partition("::")
        assert name in names_in(ROOT / file)


def test_the_document_lists_them_all():
    assert (ROOT / "docs" / "guards.md").read_text().endswith(guards.table())
