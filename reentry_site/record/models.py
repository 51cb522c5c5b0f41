"""The record as it is kept: who did or saw what, of which request, each entry chained to the one before.

Ids and words alone: nothing of a client. Written and checked: chain.py. Why it cannot be changed: triggers.py.
"""

from django.db import models

WHAT_LETTERS, REASON_LETTERS, MAC_LETTERS = 160, 40, 64


class Entry(models.Model):
    """Written once. No foreign key: an entry outlives the account and the request that it names."""

    #: Counted by the chain, not by the database, and without a gap: one that was taken out shows.
    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    #: The account; None where nobody was signed in: the sweeper, a command.
    who = models.IntegerField(null=True)
    what = models.CharField(max_length=WHAT_LETTERS)
    request = models.UUIDField(null=True, db_index=True)
    #: The account that something was done to.
    about_user = models.IntegerField(null=True)
    reason = models.CharField(max_length=REASON_LETTERS, blank=True)
    mac = models.CharField(max_length=MAC_LETTERS, unique=True)

    class Meta:
        verbose_name_plural = "entries"
        default_permissions = ()

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Anchor(models.Model):
    """Where the chain begins once its oldest entries are forgotten: the last of them. `seal`: that we wrote it."""

    entry = models.BigIntegerField()
    mac = models.CharField(max_length=MAC_LETTERS)
    seal = models.CharField(max_length=MAC_LETTERS)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"after entry {self.entry}"
