"""The export, for supervisors: what was asked in a period, tried, and came of it, as CSV without any person in it.

It goes straight to who asked for it and is kept nowhere; while it is sent, the front door may have it in a file without
a name. Who exports is on the record before the first byte leaves, and each request before its own line does.
"""

import csv
import datetime
import io
import unicodedata
import uuid
from collections.abc import Iterable, Iterator

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from intake.attempts import ContactAttempt
from intake.cadence import Calendar
from intake.models import CallbackRequest
from intake.record import record_act, record_each
from intake.words import Resolution
from reentry_site import facts

#: So many requests are put on the record and read at a time, and then sent: nothing is open in the database meanwhile.
BATCH = 200
#: More at once: their ids alone would fill the memory.
MOST = 100_000
LONGEST_DAYS = 2 * 366
DAY = datetime.timedelta(1)
#: Why somebody exports. A choice, not a line of text: a line might name a person, and the record keeps it for years.
REASONS = {
    "leadership": "Report to the clinic’s leadership",
    "quality": "Grant or quality report",
    "audit": "Audit",
    "other": "Other, see our file",
}
COLUMNS = (
    "reference",
    "asked_at",
    "call_by",
    "first_try_at",
    "tries",
    "last_outcome",
    "outcomes",
    "status",
    "resolution",
    "closed_at",
    "voicemail_ok",
    "text_ok",
    "may_say_clinic_name",
    "preferred_times",
    "crisis",
    "booked_at",
    "came_back",
)
FORMULA = frozenset("=+-@")
CONTROLS = frozenset("\t\r\n\0")
NO_DAY = {"required": "Pick a day.", "invalid": "Pick a day, like 2026-11-24."}


class ExportForm(forms.Form):
    """Both days are in the period. They are the clinic's."""

    from_day = forms.DateField(error_messages=NO_DAY)
    to_day = forms.DateField(error_messages=NO_DAY)
    reason = forms.ChoiceField(
        choices=REASONS, error_messages={"required": "Pick why.", "invalid_choice": "Pick one of these reasons."}
    )

    def clean_from_day(self) -> datetime.date:
        if self.cleaned_data["from_day"].year < 2000:
            raise forms.ValidationError("Type the year with all four digits.")
        return self.cleaned_data["from_day"]

    def clean_to_day(self) -> datetime.date:
        start, end = self.cleaned_data.get("from_day"), self.cleaned_data["to_day"]
        if end > timezone.localdate():
            raise forms.ValidationError("Pick today or a day before.")
        if start and start > end:
            raise forms.ValidationError("The last day comes before the first one.")
        if start and (end - start).days >= LONGEST_DAYS:
            raise forms.ValidationError("Two years at a time at most. Pick fewer days.")
        return end

    def clean(self) -> None:
        """`found`: ids of the period, in one query. None, or too many, are a fault too."""
        if self.errors:
            return
        calendar, (first, last) = Calendar(facts.current()), self.days
        asked = CallbackRequest.objects.asked_between(calendar.start_of(first), calendar.start_of(last + DAY))
        self.found: list[uuid.UUID] = list(asked.values_list("pk", flat=True)[: MOST + 1])
        if not self.found:
            self.add_error("from_day", "Nobody asked for a call in these days. Pick others.")
        if len(self.found) > MOST:
            self.add_error("from_day", f"More than {MOST:,} people asked in these days. Pick fewer days.")

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        return self.cleaned_data["from_day"], self.cleaned_data["to_day"]

    def faults(self) -> list[dict]:
        """What there is to fix, in the order of the page."""
        return [{"href": f"#id_{name}", "message": said} for name, each in self.errors.items() for said in each]


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        today = timezone.localdate()
        days = {"from_day": today.replace(day=1).isoformat(), "to_day": today.isoformat()}
        return _page(request, ExportForm(initial=days))
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    (first, last), reason = form.days, form.cleaned_data["reason"]
    many = f"{len(form.found)} request{pluralize(len(form.found))}"
    record_act(request.user, f"Exported {many}, {first} to {last}: {REASONS[reason]}", reason=reason)
    lines = _file(form.found, facts.current().zone, request.user, reason)
    name = f"calls-{first}-to-{last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    context = {"title": "Export", "form": form, "faults": form.faults()}
    return render(request, "admin/intake/export.html", admin.site.each_context(request) | context, status=status)


def _file(pks: list[uuid.UUID], zone: datetime.tzinfo, user: User, reason: str) -> Iterator[str]:
    """The file, a batch at a time. Each is on the record and read whole before it is sent: a slow reader holds up
    nobody who writes, and where the record takes no more, the download breaks off.

    `zone` comes along, because Django's current time zone is another one once the view has returned.
    """
    yield _csv([COLUMNS])
    for start in range(0, len(pks), BATCH):
        with transaction.atomic():
            found = _batch(pks[start : start + BATCH])
            record_each(user, [("Exported", each.pk) for each in found], reason=reason)
        yield _csv(_row(each, zone) for each in found)


def _batch(pks: list[uuid.UUID]) -> list[CallbackRequest]:
    """Two queries. What was purged meanwhile is not among them."""
    tries = Prefetch("attempts", ContactAttempt.objects.standing(), to_attr="standing")
    return list(CallbackRequest.objects.filter(pk__in=pks).order_by("asked_at", "pk").prefetch_related(tries))


def _csv(rows: Iterable[Iterable[str]]) -> str:
    """Lines end as RFC 4180 says. No byte order mark: what we write is ASCII, which Excel reads without one."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: str) -> str:
    """What a spreadsheet shows as text and never runs, also where a formula hides behind blanks or in wide letters."""
    text = value.replace("\0", "")
    shown = next((letter for letter in text if unicodedata.category(letter)[0] not in "ZC"), "")
    return f"'{text}" if unicodedata.normalize("NFKC", shown) in FORMULA or value[:1] in CONTROLS else text


def _row(each: CallbackRequest, zone: datetime.tzinfo) -> tuple[str, ...]:
    """One request under COLUMNS."""
    outcomes = [attempt.outcome for attempt in each.standing]
    return (
        each.reference,
        _time(each.asked_at, zone),
        _time(each.call_by, zone),
        _time(each.standing[0].made_at if each.standing else None, zone),
        str(len(outcomes)),
        outcomes[-1] if outcomes else "",
        "; ".join(outcomes),
        each.status,
        each.resolution,
        _time(each.closed_at, zone),
        _yes(each.voicemail_ok),
        _yes(each.text_ok),
        _yes(each.may_say_clinic_name),
        "; ".join(each.preferred_times),
        _yes(each.crisis),
        _time(each.booked_at, zone),
        _yes(each.resolution == Resolution.CAME_BACK),
    )


def _time(moment: datetime.datetime | None, zone: datetime.tzinfo) -> str:
    """On the clinic's clock, with its offset: `2026-11-24T10:05:00-05:00`."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"
