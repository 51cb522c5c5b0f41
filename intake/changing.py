"""What a client does with their private code: finds their request, changes it, or takes it back."""

import datetime
from collections.abc import Callable

from django.db import transaction

from intake import accepting, codes, spool, standing
from intake.answers import Answers, PrivateCode
from intake.queue import alone_at
from intake.submission import SAME_PRESS, Submission
from intake.words import Look, Resolution

#: From what stands to what the client wants instead.
Change = Callable[[Submission], Submission]


def find(code: str, now: datetime.datetime) -> PrivateCode | None:
    """What a code opens; one that waits in the spool is brought in first.

    Raises django.db.Error, spool.Unavailable, vault.CannotOpen.
    """
    found = PrivateCode.objects.of(code).live(now).first()
    if found is None:
        waiting = next((row for row in spool.rows() if codes.private_code(row.id) == code), None)
        if waiting:
            accepting.bring_in(waiting)
            found = PrivateCode.objects.of(code).live(now).first()
    return found


@transaction.atomic
def change(code: str, wanted: Change, now: datetime.datetime) -> tuple[PrivateCode, str] | None:
    """A version as the client wants it, in place of the one that the code opens: its code row, and the code that opens
    it now. None where the code opens nothing. The same change sent twice is made once.
    """
    key = PrivateCode.objects.of(code).live(now).first()
    if key is None:
        return _same_change(code, wanted, now)
    changed = wanted(key.answers.submission)
    for phone_hash in sorted({key.answers.request.phone_hash, changed.phone_hash()}):
        alone_at(phone_hash)
    if (key := _locked(code, now)) is None:  # read again, now that nobody else can change it
        return _same_change(code, wanted, now)
    before = key.answers.submission
    changed = wanted(before)
    if changed == before:
        return key, code
    if changed.phone != before.phone:
        return _move(key.answers, changed, now)
    version = Answers.sealing(changed, key.answers.request, now)
    version.save(force_insert=True)
    _replace(key.answers, answers=version)
    standing.recount(version.request, now)
    return PrivateCode.objects.live(now).get(pk=key.pk), code


def _locked(code: str, now: datetime.datetime) -> PrivateCode | None:
    return PrivateCode.objects.select_for_update(of=("self", "answers__request")).of(code).live(now).first()


def _replace(version: Answers, **codes_become) -> None:
    Answers.objects.filter(pk=version.pk).update(replaced=True)
    version.codes.filter(ended_at=None).update(**codes_become)


def _move(before: Answers, changed: Submission, now: datetime.datetime) -> tuple[PrivateCode, str]:
    """Another number is another request: tries at the old one say nothing of it, and who else asked there stays there.

    The code ends, because someone at the old number may have it.
    """
    _replace(before, ended_at=now)
    look = tuple(reason for reason in before.look if reason != Look.CROWDED)
    version = accepting.store(changed, now, look)
    if before.request.versions.filter(replaced=False).exists():
        standing.recount(before.request, now)
    else:
        standing.move(before.request, version.request, now)
    return _opening(version, now)


def _opening(version: Answers, now: datetime.datetime) -> tuple[PrivateCode, str]:
    code = codes.private_code(version.id)
    return PrivateCode.objects.of(code).live(now).get(), code


def _same_change(code: str, wanted: Change, now: datetime.datetime) -> tuple[PrivateCode, str] | None:
    """A code that ended by this very change, pressed again: the same answer, for who knows the new number."""
    ended = PrivateCode.objects.of(code).filter(ended_at__gt=now - SAME_PRESS).select_related("answers").first()
    if ended is None:
        return None
    before = ended.answers.submission
    changed = wanted(before)
    version = accepting.pressed_before(changed, now) if changed.phone != before.phone else None
    return version and _opening(version, now)


def withdraw(code: str, now: datetime.datetime) -> bool:
    """The client takes the request back. True when it is closed by that, also when the button was pressed twice."""
    find(code, now)  # brings in what waits
    with transaction.atomic():
        if key := _locked(code, now):
            _take_back(key.answers, now)
            return True
        withdrawn = PrivateCode.objects.of(code).filter(ended_at=None, answers__request__closed_at__gt=now - SAME_PRESS)
        return withdrawn.filter(answers__request__resolution=Resolution.WITHDRAWN).exists()


def _take_back(version: Answers, now: datetime.datetime) -> None:
    """In a crowd one request may hold people of several names: who cancels ends no other's."""
    others = version.request.versions.filter(replaced=False).exclude(name_hash__in=["", version.name_hash])
    if version.name_hash and others.exists():
        _replace(version, ended_at=now)
        standing.recount(version.request, now)
    else:
        standing.withdraw(version.request, now)
