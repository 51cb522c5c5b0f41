"""Several requests at once, for supervisors: a page says what will become of how many, and one press there does it.

Never one that somebody else holds or that nobody opened. Each is a transaction of its own, with its line in the record.
"""

import contextlib
import datetime
import re
import uuid
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from intake.admin import wording
from intake.calls import TALKED
from intake.claims import Refused
from intake.models import CallbackRequest
from intake.queue import alone_at
from intake.record import record
from intake.words import Resolution, Status

#: So many requests at once at most.
MOST = 200
GONE = "not here any more"
CHANGED = "something changed meanwhile"


@dataclass(frozen=True)
class Act:
    """What becomes of each: it closes with `resolution`, or where there is none it goes to the colleague `to`.

    `button`: its first word. `becomes`: in words, after a number. `means`: what that comes to, in sentences.
    """

    button: str
    becomes: str
    means: str
    resolution: Resolution | None = None
    to: User | None = None

    def why_not(self, found: CallbackRequest, user: User, now: datetime.datetime) -> str:
        """Why this request is left out, or ""."""
        holder = found.holder(now)
        if found.status == Status.CLOSED:
            return "closed already"
        if holder and holder != user:
            return f"{wording.short_name(holder)} has it"
        if found.opened_at is None:
            return "nobody has opened it"
        if self.resolution and found.crisis:
            return "may be in crisis: close it on its own card"
        if self.resolution and found.status in TALKED:
            return "somebody talked with them: close it on its own card"
        try:
            found.refuse_while_the_number_is_taken(self.to or user, now)
        except Refused as reason:
            return str(reason).rstrip(".")
        return ""

    def do(self, found: CallbackRequest, user: User, now: datetime.datetime) -> None:
        """Raises Refused."""
        if self.resolution:
            found.claim(user, now)
            found.close(user, self.resolution, now)
            record(user, f"Closed together with others: {self.resolution.label}", found)
        else:
            found.hand_over(user, self.to, now, line="Assigned to you", supervises=True)
            record(user, "Assigned together with others", found, about=self.to)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """From the queue: what will happen. `sure`, pressed on that page: it happens. By a link: back to the queue."""
    if request.method != "POST":
        return redirect("admin:intake_callbackrequest_changelist")
    chosen, act = _chosen(request), _act(request)
    if not chosen:
        return _refuse(request, "Choose at least one request first.")
    if len(chosen) > MOST:
        return _refuse(request, f"Choose {MOST} requests or fewer at a time. Nothing was done.")
    if act is None and request.POST.get("do") == "assign":
        again = {"chosen": chosen, "colleagues": wording.colleagues(request.user)}
        return _refuse(request, f"Pick the colleague who takes {_so_many(len(chosen))}.", again)
    if act is None:
        return _refuse(request, "Press one of the buttons below the list.")
    return _do(request, act, chosen) if "sure" in request.POST else _ask(request, act, chosen)


def _chosen(request: HttpRequest) -> dict[uuid.UUID, str]:
    """Id → how the request stood when it was shown, "" from the queue. What is no id is nothing."""
    chosen = {}
    for each in request.POST.getlist("chosen"):
        pk, _, seen = each.partition(" ")
        with contextlib.suppress(ValueError):
            chosen[uuid.UUID(pk)] = seen
    return chosen


def _act(request: HttpRequest) -> Act | None:
    """What was pressed; None where that is no button of ours, or names no colleague."""
    pressed = request.POST.get("do")
    undo = f"Each can be taken back on its card for {settings.UNDO_MINUTES} minutes."
    if pressed == "not_reached":
        means = f"Nobody calls these people again unless they ask anew. {undo}"
        return Act("Close", "closed as not reached", means, Resolution.NOT_REACHED)
    if pressed == "not_a_request":
        means = f"Nobody calls there. They are deleted after {settings.PURGE_SPAM_AFTER_DAYS} days. {undo}"
        return Act("Close", "closed as not a request", means, Resolution.NOT_A_REQUEST)
    to = next((each for each in wording.colleagues(request.user) if str(each.pk) == request.POST.get("to")), None)
    if pressed != "assign" or to is None:
        return None
    name = wording.short_name(to)
    means = f"{name} has them for {settings.CLAIM_MINUTES} minutes. After that they are free for everyone again."
    return Act("Assign", f"assigned to {name}", means, to=to)


def _ask(request: HttpRequest, act: Act, chosen: dict[uuid.UUID, str]) -> HttpResponse:
    """The page that names number and effect. Its form carries how each request stands here."""
    now = timezone.now()
    found = CallbackRequest.objects.select_related("claimed_by").in_bulk(list(chosen))
    judged = [(found[pk], act.why_not(found[pk], request.user, now)) for pk in chosen if pk in found]
    ready = [each for each, reason in judged if not reason]
    context = {
        "title": f"{_so_many(len(ready))} will be {act.becomes}" if ready else "Nothing can be done with those chosen",
        "act": act,
        "do": request.POST["do"],
        "ready": [(each, _standing(each)) for each in ready],
        "button": f"{act.button} {_so_many(len(ready))}",
        "left_out": [(each, reason) for each, reason in judged if reason],
        "gone": len(chosen) - len(judged),
    }
    return _page(request, context, 200 if ready else 409)


def _do(request: HttpRequest, act: Act, chosen: dict[uuid.UUID, str]) -> HttpResponse:
    """Each by itself, so that one that cannot be done undoes no other; then the queue says what came of it."""
    now, left_out = timezone.now(), Counter()
    found = CallbackRequest.objects.in_bulk(list(chosen))
    for pk, seen in chosen.items():
        left_out[_do_one(act, found[pk], seen, request.user, now) if pk in found else GONE] += 1
    done = left_out.pop("", 0)
    said = [f"{_so_many(done)} {act.becomes}."] + [f"{count} left out: {why}." for why, count in left_out.items()]
    messages.add_message(request, messages.WARNING if left_out else messages.SUCCESS, " ".join(said))
    return redirect(_back(request))


def _do_one(act: Act, found: CallbackRequest, seen: str, user: User, now: datetime.datetime) -> str:
    """Why it was left out, or ""."""
    try:
        with transaction.atomic():
            # Whoever takes a call waits here: what is read next stays so until this is done.
            alone_at(found.phone_hash)
            fresh = CallbackRequest.objects.select_related("claimed_by").filter(pk=found.pk).first()
            if fresh is None:
                return GONE
            if reason := act.why_not(fresh, user, now):
                return reason
            if seen != _standing(fresh):
                return CHANGED
            act.do(fresh, user, now)
    except Refused as reason:
        return str(reason).rstrip(".")
    return ""


def _standing(found: CallbackRequest) -> str:
    """What changes with every act of staff, and everything that the client sends."""
    return f"{found.acts} {found.times_sent}"


def _so_many(count: int) -> str:
    return f"{count} request{pluralize(count)}"


def _back(request: HttpRequest) -> str:
    """The list they came from."""
    queue, tab = reverse("admin:intake_callbackrequest_changelist"), request.POST.get("tab", "")
    return f"{queue}?tab={tab}" if re.fullmatch("[a-z]{1,9}", tab) else queue


def _refuse(request: HttpRequest, fault: str, context: dict | None = None) -> HttpResponse:
    return _page(request, {"title": "Several requests at once", "fault": fault} | (context or {}), 422)


def _page(request: HttpRequest, context: dict, status: int) -> HttpResponse:
    context |= admin.site.each_context(request) | {"back": _back(request), "tab": request.POST.get("tab", "")}
    return render(request, "admin/intake/together.html", context, status=status)
