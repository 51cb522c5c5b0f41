"""Numbers that are not dialled: someone there asked us to stop, or it was the wrong number. It outlives every request.

Kept is the keyed hash alone. Who asks anew from such a number is looked at first (accepting.py) and called only where a
supervisor says so; a talk with them ends the stop.
"""

import datetime

from django.db import models

from intake.words import Resolution

#: A request that closes so stops its number.
STOPS = frozenset({Resolution.ASKED_NOT_TO_CALL, Resolution.WRONG_NUMBER})


class StoppedNumber(models.Model):
    phone_hash = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "a number that is not dialled"

    @classmethod
    def has(cls, phone_hash: str) -> bool:
        return cls.objects.filter(pk=phone_hash).exists()

    @classmethod
    def stop(cls, phone_hash: str, now: datetime.datetime) -> bool:
        """True when it was not stopped before."""
        return cls.objects.get_or_create(pk=phone_hash, defaults={"since": now})[1]

    @classmethod
    def lift(cls, phone_hash: str) -> bool:
        """True when it was stopped before."""
        return bool(cls.objects.filter(pk=phone_hash).delete()[0])
