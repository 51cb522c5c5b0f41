"""Whether whoever has signed in took the second step too, and where to go for what is missing.

Taken means: in this session, with an authenticator that the account still has.
"""

import dataclasses
import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse


@dataclasses.dataclass(frozen=True)
class Standing:
    """`has`: the account has a second step. `taken`: it was taken in this session."""

    has: bool
    taken: bool

    @property
    def is_enough(self) -> bool:
        """On this machine alone, setting it up may wait. Who has it takes it."""
        return self.taken or not (self.has or settings.PUBLIC)


def standing(request: HttpRequest) -> Standing:
    """One query, for the first who asks in a request."""
    if not hasattr(request, "second_step"):
        own = _own(request)
        request.second_step = Standing(bool(own), any(each.get("id") in own for each in _records(request, "mfa")))
    return request.second_step


def confirmed_lately(request: HttpRequest) -> bool:
    """The second step, or without one the password, was given within the last minutes.

    A password alone never changes a second step that is there.
    """
    own, since = _own(request), time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = _records(request, "mfa" if own else "password")
    return any(each["at"] > since and (not own or each.get("id") in own) for each in records)


def what_is_missing(request: HttpRequest) -> str:
    """The address to go to before the desk opens; what was asked for goes along."""
    if not request.user.is_authenticated:
        address = reverse("account_login")
    elif standing(request).has:
        address = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    else:
        address = reverse("mfa_index")
    return passthrough_next_redirect_url(request, address, REDIRECT_FIELD_NAME)


def _own(request: HttpRequest) -> set[int]:
    return set(Authenticator.objects.filter(user=request.user.pk).values_list("pk", flat=True))


def _records(request: HttpRequest, method: str) -> list[dict]:
    return [each for each in get_authentication_records(request, request.user) if each.get("method") == method]
