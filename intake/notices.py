"""How the sending of each kind of mail to staff stands: one row for each kind. It knows neither words nor mail."""

import datetime

from django.db import models

#: No kind goes out more often. A sweeper that died while sending is waited for as long.
EVERY = datetime.timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)


class Notice(models.Model):
    kind = models.CharField(max_length=10, primary_key=True)
    not_before = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def of(cls, kind: str, now: datetime.datetime) -> "Notice":
        return cls.objects.get_or_create(kind=kind, defaults={"not_before": now})[0]

    @classmethod
    def failing(cls) -> datetime.datetime | None:
        """Since when no mail of some kind has gone out, though it was tried."""
        return cls.objects.aggregate(since=models.Min("failing_since"))["since"]

    def claim(self, now: datetime.datetime) -> bool:
        """Of two who would send now, one gets it."""
        if self.not_before > now:
            return False
        unclaimed = Notice.objects.filter(pk=self.pk, not_before=self.not_before)
        return bool(unclaimed.update(not_before=now + EVERY))

    def worked(self, now: datetime.datetime, *, sent: bool) -> None:
        """The mail server took it, or (where nothing was to be sent) answers again."""
        self.failing_since, self.tries = None, 0
        if sent:
            self.sent_at = now
        self.save(update_fields=["failing_since", "tries", "sent_at"])

    def failed(self, now: datetime.datetime) -> None:
        self.failing_since = self.failing_since or now
        self.not_before = now + min(FIRST_WAIT * 2 ** min(self.tries, 10), LONGEST_WAIT)
        self.tries += 1
        self.save(update_fields=["failing_since", "not_before", "tries"])
