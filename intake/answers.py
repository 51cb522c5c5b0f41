"""What a client sent, as it is kept: one sealed version for each time they sent something, and the codes that open it.

A version is written once. Nothing here decides which request it belongs to (accepting.py) or how it is called (models).
"""

import datetime
import functools
import uuid

from django.db import models

from intake import codes, vault
from intake.submission import Submission

#: How long a private code opens a request.
CODE_LASTS = datetime.timedelta(days=30)


class AnswersQuerySet(models.QuerySet):
    def of_code(self, code: str, now: datetime.datetime) -> "Answers | None":
        """The version that a private code opens now, with its request. A closed request's codes have ended."""
        found = (
            PrivateCode.objects.select_related("answers__request")
            .filter(hash=codes.hash_of(code), ended_at=None, made_at__gt=now - CODE_LASTS)
            .filter(answers__request__closed_at=None)
            .first()
        )
        return found and found.answers


class Answers(models.Model):
    """One sealed version. `sealed` holds the content of a Submission, and under `look` why a person looks at it first.

    `replaced`: the client changed it by its own link; what they chose there counts instead.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="versions")
    sent_at = models.DateTimeField()
    reference = models.CharField(max_length=9, db_index=True, editable=False)
    replaced = models.BooleanField(default=False)
    sealed = models.BinaryField()

    objects = AnswersQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "answers"
        default_permissions = ()
        ordering = ("sent_at", "id")

    def __str__(self) -> str:
        return self.reference

    @functools.cached_property
    def content(self) -> dict:
        """Raises vault.CannotOpen."""
        return vault.open_sealed(self.sealed, self.id)

    @property
    def submission(self) -> Submission:
        """What the client sent, opened. Raises vault.CannotOpen."""
        return Submission.from_content(self.content)

    def give_code(self, code: str, now: datetime.datetime) -> None:
        """From now on this code opens this version, whatever it opened before."""
        PrivateCode.objects.update_or_create(
            hash=codes.hash_of(code), defaults={"answers": self, "made_at": now, "ended_at": None}
        )

    def has_code(self, code: str) -> bool:
        return self.codes.filter(hash=codes.hash_of(code), ended_at=None).exists()

    def is_open(self) -> bool:
        return self.request.closed_at is None


class PrivateCode(models.Model):
    """Opens one version for whoever has the code, which is kept nowhere. `ended_at`: when the number was changed."""

    hash = models.CharField(max_length=64, primary_key=True)
    answers = models.ForeignKey(Answers, models.CASCADE, related_name="codes")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "private code"


def seal(submission: Submission, version_id: uuid.UUID, look: tuple[str, ...] = ()) -> bytes:
    """The one way in which a client's words go to any disk. Raises vault.CannotSeal."""
    return vault.seal(submission.content() | {"look": list(look)}, version_id)
