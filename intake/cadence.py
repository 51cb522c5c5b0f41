"""When to call: the clinic's hours, the promise (`call_by`), and what each outcome means for the next try.

Knows no rows. Every moment that comes in or goes out is aware; days and dayparts are the clinic's.
The rules are the clinic's calling rules: the table is EFFECTS, its numbers are settings that a clinic may tune.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import holidays
from django.conf import settings

from intake.words import Daypart, Outcome, Resolution, Status
from reentry_site.facts import Facts, Hours, Week

DAY_STARTS, DAY_ENDS = datetime.time(8), datetime.time(21)  # nobody is called earlier or later
#: The desk's hours while the clinic has not given its own. The public pages never state them.
DESK_HOURS = Week.model_validate(dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "8:00-18:00"))
#: With the Friday or Monday on which one is kept that falls on a weekend.
FEDERAL_HOLIDAYS = holidays.US()
LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True)
class Window:
    """A stretch in which calls can be made: one daypart of one day, as far as the desk is staffed."""

    daypart: Daypart
    start: datetime.datetime
    end: datetime.datetime


@dataclass(frozen=True)
class Effect:
    """What an outcome does. `wait`: how long until the next try at the earliest, where there is one."""

    status: Status
    resolution: Resolution | None = None
    wait: datetime.timedelta = datetime.timedelta()
    other_daypart: bool = False
    is_call: bool = False
    keeps_claim: bool = False


def _hours(outcome: str) -> datetime.timedelta:
    return datetime.timedelta(hours=settings.HOURS_TO_NEXT_TRY[outcome])


_CLOSED = Status.CLOSED
#: Outcome → status; why it closes, or when the next try is due. The later of this and the cadence wins.
EFFECTS = {
    # Talked, and no date yet: comes up again, so that nobody is forgotten. With a date: booked (models.py).
    Outcome.REACHED: Effect(Status.REACHED, wait=_hours("reached"), keeps_claim=True),
    Outcome.THEY_CALLED: Effect(Status.REACHED, wait=_hours("they_called"), keeps_claim=True),
    Outcome.CALL_LATER: Effect(Status.REACHED),
    Outcome.NO_ANSWER: Effect(Status.TRYING, other_daypart=True, is_call=True),
    Outcome.SOMEONE_ELSE: Effect(Status.TRYING, other_daypart=True, is_call=True),
    Outcome.LEFT_VOICEMAIL: Effect(Status.TRYING, wait=_hours("left_voicemail"), is_call=True),
    Outcome.TEXT_SENT: Effect(Status.TRYING, wait=_hours("text_sent")),
    Outcome.BUSY: Effect(Status.TRYING, wait=_hours("busy")),
    Outcome.NOT_IN_SERVICE: Effect(Status.TRYING, wait=_hours("not_in_service"), is_call=True),
    Outcome.WRONG_NUMBER: Effect(_CLOSED, Resolution.WRONG_NUMBER),
    Outcome.ASKED_TO_STOP: Effect(_CLOSED, Resolution.ASKED_NOT_TO_CALL),
    Outcome.IN_CRISIS: Effect(_CLOSED, Resolution.CRISIS_HANDED_OVER),
}


def effect_of(outcome: Outcome, earlier: Collection[Outcome]) -> Effect:
    """What this outcome does after the `earlier` ones: the last call and a second dead line close the request."""
    effect = EFFECTS[outcome]
    calls = sum(EFFECTS[each].is_call for each in earlier) + effect.is_call
    dead_line = outcome == Outcome.NOT_IN_SERVICE and outcome in earlier
    if effect.is_call and (calls > len(settings.DAYS_OF_FURTHER_CALLS) or dead_line):
        return dataclasses.replace(effect, status=_CLOSED, resolution=Resolution.NOT_REACHED)
    return effect


class Calendar:
    """The clinic's hours, day by day."""

    def __init__(self, facts: Facts) -> None:
        self.zone = facts.zone
        self.week = facts.hours or DESK_HOURS
        self.closed_days = frozenset(facts.closed_days)
        # Until the clinic says so, nobody is promised a call on a holiday.
        self.open_on_holidays = facts.holidays == "open"
        self.dayparts: dict[Daypart, Hours] = {part: getattr(facts.times, part) for part in Daypart}

    def windows_on(self, day: datetime.date, times: Collection[Daypart] = ()) -> list[Window]:
        """The windows of one day in order; `times` = the dayparts a person picked, none picked = any."""
        if day in self.closed_days or (day in FEDERAL_HOLIDAYS and not self.open_on_holidays):
            return []
        return [
            Window(part, self._at(day, start), self._at(day, end))
            for part, start, end in self._staffed(self.week.on(day))
            if not times or part in times
        ]

    def _staffed(self, opening: Hours | None) -> Iterator[tuple[Daypart, datetime.time, datetime.time]]:
        """The dayparts of a day with these opening hours, as far as somebody is there to call."""
        for part, hours in self.dayparts.items():
            if opening is not None:
                start = max(opening.start, hours.start, DAY_STARTS)
                end = min(opening.end, hours.end, DAY_ENDS)
                if start < end:
                    yield part, start, end

    def _at(self, day: datetime.date, time: datetime.time) -> datetime.datetime:
        # Stored and compared in UTC: arithmetic on local times goes wrong when the clocks change.
        return datetime.datetime.combine(day, time, self.zone).astimezone(datetime.UTC)

    def windows_from(self, moment: datetime.datetime, times: Collection[Daypart] = ()) -> Iterator[Window]:
        """Windows that are open at `moment` or open later, in order, as far as LOOK_AHEAD_DAYS."""
        today = moment.astimezone(self.zone).date()
        for days in range(LOOK_AHEAD_DAYS):
            for window in self.windows_on(today + datetime.timedelta(days), times):
                if window.end > moment:
                    yield window

    def open_now(self, now: datetime.datetime) -> Window | None:
        """The window that is open now, or None."""
        window = next(self.windows_from(now), None)
        return window if window and window.start <= now else None

    def is_staffed(self, moment: datetime.datetime) -> bool:
        return any(
            window.start <= moment < window.end for window in self.windows_on(moment.astimezone(self.zone).date())
        )

    def is_their_time(self, moment: datetime.datetime, times: Collection[Daypart]) -> bool:
        """Between 8 and 21 h, and in a daypart that the person picked; whether the desk is open is another matter."""
        local = moment.astimezone(self.zone).time()
        return DAY_STARTS <= local < DAY_ENDS and (not times or self._daypart_at(moment) in times)

    def staffed(self, start: datetime.datetime, end: datetime.datetime) -> datetime.timedelta:
        """How long, between two moments, somebody was here to call."""
        day, total = self.today(start), datetime.timedelta()
        while day <= self.today(end):
            for window in self.windows_on(day):
                total += max(min(window.end, end) - max(window.start, start), datetime.timedelta())
            day += datetime.timedelta(1)
        return total

    def today(self, now: datetime.datetime) -> datetime.date:
        return now.astimezone(self.zone).date()

    def start_of(self, day: datetime.date) -> datetime.datetime:
        """The first minute of a day."""
        return self._at(day, datetime.time())

    def dayparts_ever_open(self) -> list[Daypart]:
        """The dayparts in which calls are made on any weekday: those the form offers."""
        staffed = {part for day in Week.model_fields for part, *_ in self._staffed(getattr(self.week, day))}
        return [part for part in Daypart if part in staffed]

    def first_try(self, asked_at: datetime.datetime, times: Collection[Daypart]) -> datetime.datetime | None:
        """The first staffed moment that the person picked, or None when there is none ahead."""
        return self._first_moment(asked_at, times)

    def call_by(self, asked_at: datetime.datetime, times: Collection[Daypart]) -> datetime.datetime | None:
        """The promise: the end of the last staffed and chosen daypart of the next business day that has one."""
        day = asked_at.astimezone(self.zone).date()
        for days in range(1, LOOK_AHEAD_DAYS):
            if windows := self.windows_on(day + datetime.timedelta(days), times):
                return windows[-1].end
        return None

    def next_try(
        self,
        effect: Effect,
        now: datetime.datetime,
        calls: Collection[datetime.datetime],
        times: Collection[Daypart],
    ) -> datetime.datetime | None:
        """When this request is due again. `calls`: the moments of all calls so far, this one too if it was a call.

        The outcome gives the earliest time, the cadence the earliest day; the later wins.
        """
        earliest = now + effect.wait
        wanted = set(Daypart) - {self._daypart_at(now) if effect.other_daypart else None}
        if effect.status == Status.TRYING and calls:
            earliest = max(earliest, self._earliest_day(calls))
            if len(calls) == settings.EVENING_CALL - 1:
                wanted = {Daypart.EVENING}
        return self._first_moment(earliest, times, wanted)

    def _earliest_day(self, calls: Collection[datetime.datetime]) -> datetime.datetime:
        """The start of the day on which the cadence allows the next call: at most one a day."""
        first, last = (moment.astimezone(self.zone).date() for moment in (min(calls), max(calls)))
        days = settings.DAYS_OF_FURTHER_CALLS
        by_cadence = first + datetime.timedelta(days[min(len(calls), len(days)) - 1])
        return self._at(max(by_cadence, last + datetime.timedelta(1)), datetime.time())

    def day_after(self, moment: datetime.datetime) -> datetime.datetime:
        """The first minute of the next day."""
        return self.start_of(self.today(moment) + datetime.timedelta(1))

    def _daypart_at(self, moment: datetime.datetime) -> Daypart | None:
        time = moment.astimezone(self.zone).time()
        return next((part for part, hours in self.dayparts.items() if hours.start <= time < hours.end), None)

    def _first_moment(
        self,
        earliest: datetime.datetime,
        times: Collection[Daypart],
        wanted: Collection[Daypart] = tuple(Daypart),
    ) -> datetime.datetime | None:
        """The first window's first moment from `earliest`; a wanted daypart of that same day goes first."""
        first = next(self.windows_from(earliest, times), None)
        if first is None:
            return None
        day = first.start.astimezone(self.zone).date()
        still_open = [window for window in self.windows_on(day, times) if window.end > earliest]
        chosen = next((window for window in still_open if window.daypart in wanted), first)
        return max(chosen.start, earliest)

    def overdue_from(self, due: datetime.datetime) -> datetime.datetime | None:
        """When a due try is more than one staffed daypart late: the end of the window after the one it was due in."""
        windows = self.windows_from(due)
        next(windows, None)
        after = next(windows, None)
        return after.end if after else None
