"""What staff did and wrote about a request: tries, visits, steps in a crisis, notes. Each is written once.

Only a draft changes, while its writer types; it becomes a note or goes.
"""

import datetime
import functools
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake import vault
from intake.words import CrisisStep, Outcome


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


class Attempts(models.QuerySet):
    def standing(self):
        """Those that were not taken back, without the rows that take them back."""
        return self.filter(reverses=None, reversed_by=None)


class ContactAttempt(_NeverEdited):
    """One try by staff. `reverses`: the try that this row takes back, because it was a slip."""

    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="attempts")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    reverses = models.OneToOneField("self", models.CASCADE, null=True, related_name="reversed_by")

    objects = Attempts.as_manager()

    class Meta:
        verbose_name = "try"
        verbose_name_plural = "tries"
        default_permissions = ()
        ordering = ("made_at",)
        constraints = (models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="outcome_is_known"),)

    def __str__(self) -> str:
        return self.get_outcome_display()


class Visit(_NeverEdited):
    """A first visit that was agreed. Its day is sealed; a day that moves is another row."""

    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="visits")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        default_permissions = ()
        ordering = ("made_at",)

    def __str__(self) -> str:
        return f"visit of {self.request_id}"

    @classmethod
    def write(cls, request, user, day: datetime.date, now: datetime.datetime) -> "Visit":
        visit = cls(request=request, made_by=user, made_at=now)
        visit.sealed = vault.seal({"day": day.isoformat()}, visit.id)
        visit.save(force_insert=True)
        return visit

    @functools.cached_property
    def day(self) -> datetime.date:
        """Raises vault.CannotOpen."""
        return datetime.date.fromisoformat(vault.open_sealed(self.sealed, self.id)["day"])


class StepTaken(_NeverEdited):
    """One step of what was done in a crisis, stamped when it was done."""

    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="steps")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    step = models.CharField(max_length=16, choices=CrisisStep)

    class Meta:
        verbose_name_plural = "steps taken"
        default_permissions = ()
        ordering = ("made_at",)
        constraints = (models.UniqueConstraint(fields=["request", "step"], name="a_step_is_taken_once"),)

    def __str__(self) -> str:
        return self.get_step_display()


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


class Draft(models.Model):
    """A note that is half written, sealed: it outlives a sign-off and a lost network. Its writer alone sees it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="drafts")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["request", "written_by"], name="one_draft_each"),)

    def __str__(self) -> str:
        return f"draft on {self.request_id}"

    @classmethod
    def keep(cls, request, user, text: str) -> None:
        """What is typed now, in place of what was; nothing typed keeps nothing."""
        mine = cls.objects.filter(request=request, written_by=user)
        if not text:
            mine.delete()
            return
        draft = mine.first() or cls(request=request, written_by=user)
        draft.sealed = vault.seal({"text": text}, draft.id)
        draft.save()

    @classmethod
    def of(cls, request, user) -> str:
        """What this person had typed, or "". What cannot be opened is no draft."""
        draft = cls.objects.filter(request=request, written_by=user).first()
        try:
            return vault.open_sealed(draft.sealed, draft.id)["text"] if draft else ""
        except vault.CannotOpen:
            return ""
