from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordConfig(AppConfig):
    name = "reentry_site.record"
    label = "record"
    verbose_name = "The record"

    def ready(self) -> None:
        # A migration that makes the table anew drops its triggers without a word.
        post_migrate.connect(_guard, sender=self)


def _guard(using: str, **of_signal) -> None:
    from django.db import connections

    from reentry_site.record import triggers

    triggers.ensure(connections[using])
