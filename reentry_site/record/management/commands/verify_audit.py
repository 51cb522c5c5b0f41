"""`manage.py verify_audit`: is the record as it was written? Says each entry that is not, and ends with 1."""

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.template.defaultfilters import pluralize

from intake import vault
from reentry_site.record import chain, triggers
from reentry_site.record.models import Entry

#: More faults than so many tell nothing more.
MOST_TOLD = 20


class Command(BaseCommand):
    help = "Checks that no entry of the record was changed, removed, put in or moved."

    def add_arguments(self, parser):
        parser.add_argument("--head", help="a head that the log told: is it still in the record?")

    def handle(self, *, head: str | None, **options) -> None:
        try:
            begin, found = chain.start(), list(self._faults(head))
            while begin != (now_from := chain.start()):  # the oldest were forgotten meanwhile, as they should be
                begin, found = now_from, list(self._faults(head))
            place, entries = chain.head(), Entry.objects.count()
        except (vault.CannotSeal, Error) as reason:
            raise CommandError(f"The record could not be read ({type(reason).__name__}).") from reason
        for fault in found[:MOST_TOLD]:
            self.stdout.write(fault)
        self.stdout.write(f"{entries} entries, head {place.mac}")
        if found:
            raise CommandError(f"The record is not as it was written: {len(found)} fault{pluralize(len(found))}.")

    def _faults(self, head: str | None):
        yield from (f"The trigger {name} is missing: run migrate." for name in triggers.missing(connection))
        yield from chain.faults()
        if head:
            known = chain.start().mac == head or Entry.objects.filter(mac=head).exists()
            if not known:
                yield "This head is not in the record: its end was cut off, or it was forgotten, or is another site's."
