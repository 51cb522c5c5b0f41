"""What a client sent, as it is kept: one sealed version for each time they sent something, and the codes that open it.

A version is written once. Nothing here decides which request it belongs to (accepting.py) or how it is called (models).
"""

import datetime
import functools
import uuid
from collections.abc import Sequence

from django.db import models

from intake import codes, vault
from intake.submission import Submission

#: How long a private code opens a request.
CODE_LASTS = datetime.timedelta(days=30)


class Answers(models.Model):
    """One sealed version. `sealed` holds the content of a Submission, and under `look` why a person looks at it first.

    `name_hash`: tells people at one number apart without opening anything. `main_hash`: of the number without its
    extension, where it has one. `replaced`: the client changed it by its own
    link; what they chose there counts instead.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("intake.CallbackRequest", models.CASCADE, related_name="versions")
    sent_at = models.DateTimeField()
    name_hash = models.CharField(max_length=64, blank=True)
    main_hash = models.CharField(max_length=64, blank=True)
    replaced = models.BooleanField(default=False)
    sealed = models.BinaryField()

    class Meta:
        verbose_name_plural = "answers"
        default_permissions = ()
        ordering = ("sent_at", "id")
        indexes = (models.Index(fields=["main_hash"], name="with_extension", condition=~models.Q(main_hash="")),)

    def __str__(self) -> str:
        return f"version {self.pk}"

    @classmethod
    def sealing(
        cls,
        submission: Submission,
        request,
        now: datetime.datetime,
        *,
        version_id: uuid.UUID | None = None,
        look: Sequence[str] = (),
    ) -> "Answers":
        """An unsaved version of this request. Raises vault.CannotSeal."""
        version_id = version_id or uuid.uuid4()
        hashes = {"name_hash": submission.name_hash(), "main_hash": submission.main_hash()}
        version = cls(id=version_id, request=request, sent_at=now, **hashes)
        version.sealed = seal(submission, version_id, look)
        return version

    @functools.cached_property
    def content(self) -> dict:
        """Raises vault.CannotOpen."""
        return vault.open_sealed(self.sealed, self.id)

    @property
    def submission(self) -> Submission:
        """What the client sent, opened. Raises vault.CannotOpen."""
        return Submission.from_content(self.content)

    @property
    def look(self) -> tuple[str, ...]:
        """Why a person looks at it first. Raises vault.CannotOpen."""
        return tuple(self.content.get("look", ()))

    def opened(self) -> Submission | None:
        """The same; None where it cannot be opened, which a page says instead of showing nothing."""
        try:
            return self.submission
        except vault.CannotOpen:
            return None


class CodeQuerySet(models.QuerySet):
    def of(self, code: str) -> "CodeQuerySet":
        return self.filter(hash=codes.hash_of(code))

    def live(self, now: datetime.datetime) -> "CodeQuerySet":
        """Those that open something now, with what they open. A closed request's codes have ended."""
        in_time = self.filter(ended_at=None, made_at__gt=now - CODE_LASTS)
        return in_time.filter(answers__request__closed_at=None).select_related("answers__request")


class PrivateCode(models.Model):
    """Opens one version for whoever has the code, which is kept nowhere. `ended_at`: when another number was given.

    `reference`: what stands beside the code on the client's pages, to be quoted on the phone.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    answers = models.ForeignKey(Answers, models.CASCADE, related_name="codes")
    reference = models.CharField(max_length=9, db_index=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "private code"

    @classmethod
    def give(cls, version: Answers, version_id: uuid.UUID) -> None:
        """The code of this id, which was shown for a press of this version, opens it, or what it became since.

        The id may be another than the version's: the one under which the same press waited in the spool. A code that
        has ended, or opened what is closed, is given again to who asked again since.
        """
        own = cls.objects.filter(hash=_hash_for(version.id)).first()
        opens = {"answers_id": own.answers_id if own else version.id, "ended_at": own and own.ended_at}
        kept = opens | {"reference": codes.reference(version_id), "made_at": version.sent_at}
        key, made = cls.objects.select_related("answers__request").get_or_create(
            hash=_hash_for(version_id), defaults=kept
        )
        ends = [end for end in (key.ended_at, key.answers.request.closed_at) if end]
        if not made and ends and min(ends) < version.sent_at:
            cls.objects.filter(pk=key.pk).update(answers=version, made_at=version.sent_at, ended_at=None)


def _hash_for(version_id: uuid.UUID) -> str:
    return codes.hash_of(codes.private_code(version_id))


def seal(submission: Submission, version_id: uuid.UUID, look: Sequence[str] = ()) -> bytes:
    """The one way in which a client's words go to any disk. Raises vault.CannotSeal."""
    return vault.seal(submission.content() | {"look": list(look)}, version_id)
