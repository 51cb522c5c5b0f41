"""What happens to staff accounts, on the record: one line each, of who did what to whose account."""

from django.contrib.auth.models import User

from reentry_site.record import chain
from reentry_site.record.chain import Line


def said(user: User | None, what: str, about: User | None = None) -> None:
    """Write that `user` did this, to their own account or to `about`. Never what was typed. Raises chain.NotWritten."""
    whose = about or user
    chain.write([Line(user and user.pk, what, about_user=whose and whose.pk)])
