"""What staff did and wrote about a request: tries and notes, each written once and never edited."""

import datetime
import functools
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake import vault
from intake.words import Outcome


class _NeverEdited(models.Model):
    """A row that is written once. A mistake is put right by another row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError(f"A {self._meta.verbose_name} is never edited.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError(f"A {self._meta.verbose_name} is never deleted by hand.")


class ContactAttempt(_NeverEdited):
    """One try by staff."""

    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="attempts")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome)

    class Meta:
        verbose_name = "try"
        verbose_name_plural = "tries"
        default_permissions = ()
        ordering = ("made_at",)
        constraints = (models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="outcome_is_known"),)

    def __str__(self) -> str:
        return self.get_outcome_display()


class StaffNote(_NeverEdited):
    """A line that staff leave for each other, sealed."""

    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="staff_notes")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        default_permissions = ()
        ordering = ("written_at",)

    def __str__(self) -> str:
        return f"note on {self.request_id}"

    @classmethod
    def write(cls, request, user, text: str, now: datetime.datetime) -> "StaffNote":
        note = cls(request=request, written_by=user, written_at=now)
        note.sealed = vault.seal({"text": text}, note.id)
        note.save(force_insert=True)
        return note

    @functools.cached_property
    def text(self) -> str:
        return vault.open_sealed(self.sealed, self.id)["text"]
