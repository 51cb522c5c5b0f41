"""The reader of traces sees an answer that leaves too early."""

from tests.faults.sync_order import answers_after_their_sync

DATABASE, JOURNAL = "db.sqlite3", "db.sqlite3-journal"
TAKEN = '7 recvfrom(9<TCP:[a]>, "POST /callback/ HTTP/1.1", 8192, 0, NULL, NULL) = 300'
WRITTEN = [f'7 pwrite64(10</data/{DATABASE}>, "x", 4096, 0) = 4096', f"7 fdatasync(10</data/{DATABASE}>) = 0"]
EMPTIED = f"7 ftruncate(11</data/{JOURNAL}>, 0) = 0"
SYNCED = f"7 fdatasync(11</data/{JOURNAL}>) = 0"
THANKED = '7 sendto(9<TCP:[a]>, "HTTP/1.1 303 See Other", 400, 0, NULL, 0) = 400'


def test_thanks_after_the_last_sync_are_good():
    assert answers_after_their_sync([TAKEN, *WRITTEN, EMPTIED, SYNCED, THANKED]) == [True]


def test_thanks_before_the_last_sync_or_without_a_write_are_seen():
    assert answers_after_their_sync([TAKEN, *WRITTEN, EMPTIED, THANKED, SYNCED]) == [False]
    assert answers_after_their_sync([TAKEN, THANKED]) == [False]


def test_another_threads_sync_is_not_ones_own():
    others = [line.replace("7 ", "8 ", 1) for line in (TAKEN, *WRITTEN, EMPTIED, SYNCED)]
    assert answers_after_their_sync([TAKEN, *WRITTEN, EMPTIED, *others, THANKED]) == [False]
