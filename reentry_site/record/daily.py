"""What the sweeper does with the record: says its head in the log once a day, and forgets what is past six years."""

import datetime
import logging

from django.db import transaction

from reentry_site.record import chain
from reentry_site.record.chain import Place
from reentry_site.record.models import Anchor, Entry

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)  # the root lets warnings through alone

#: Six years, whatever leap days are among them, by this clock and the database's, which has the last word.
KEPT = datetime.timedelta(days=6 * 366)
#: So many at once, so that nobody waits for long.
BATCH = 10_000


def say_head(now: datetime.datetime) -> None:
    """So that whoever keeps the log elsewhere can tell that the record's end was cut off: `verify_audit --head`."""
    log.info("the record's head", extra={"record_head": chain.head().mac})


@transaction.atomic
def forget_old(now: datetime.datetime) -> None:
    """The oldest entries, up to the first one that is still kept. What the chain goes on from is stored before."""
    chain.alone()
    begin = chain.start().id
    kept_from = Entry.objects.filter(at__gte=now - KEPT).order_by("id").values_list("id", flat=True).first()
    going = Entry.objects.filter(id__lte=begin + BATCH)
    if kept_from is not None:
        going = going.filter(id__lt=kept_from)
    last = going.order_by("-id").values_list("id", "mac").first()
    if last is None:
        return
    place = Place(*last)
    Anchor.objects.update_or_create(pk=1, defaults={"entry": place.id, "mac": place.mac, "seal": chain.seal_of(place)})
    Entry.objects.filter(id__lte=place.id).delete()
