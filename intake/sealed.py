"""Which tables hold sealed bytes, and with which keys they were sealed, as far as they say themselves."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.models.functions import Substr

from intake import vault


def sealed_models() -> list[type[models.Model]]:
    """All that is sealed in the database."""
    return [model for model in apps.get_models() if any(field.name == "sealed" for field in model._meta.fields)]


def sealed_with(number: int) -> models.Q:
    """By the first bytes, which name the key."""
    return models.Q(sealed__gte=vault.header_of(number), sealed__lt=vault.header_of(number + 1))


def keys_named_in(model: type[models.Model]) -> Iterator[int]:
    """Each once. What begins like nothing that we sealed names none."""
    beginnings = model.objects.annotate(beginning=Substr("sealed", 1, vault.HEADER_BYTES))
    for each in beginnings.order_by().values_list("beginning", flat=True).distinct():
        header = bytes(each or b"")
        if len(header) == vault.HEADER_BYTES and header.startswith(vault.VERSION):
            yield vault.key_number(header)
