"""Draws the timeline of a person: five lanes on one time axis, with the access after leaving marked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from simulator.report.charts import drawing
from simulator.report.leaver_exposure import Exposure, Life, Mark, Spell, duration_text
from simulator.report.page import text

WIDTH, LEFT, LANE, TOP = 1000, 110, 26, 20
LANES = ("HR / directory", "provisioning", "shadow user", "account", "sessions")
HEIGHT = TOP + LANE * len(LANES) + 44
MAX_MARKS = 40  # per lane; the drawing states how many more there are


class Axis:
    """Maps times to x coordinates."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = max(end, start + timedelta(hours=1))

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(LEFT + (WIDTH - LEFT - 10) * min(1.0, max(0.0, share)), 1)


def draw_life(life: Life, start: datetime, end: datetime) -> str:
    """The SVG of one timeline between two times. Every mark has a title, and no script is needed."""
    axis = Axis(start, end)
    parts = list(_closed_hours(axis))
    parts += _days(axis)
    for number, name in enumerate(LANES):
        y = TOP + LANE * number
        parts.append(f'<text x="0" y="{y + 14}">{name}</text>')
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 10}" y1="{y + LANE - 3}" y2="{y + LANE - 3}"/>')
    parts += _marks(axis, life.changes, 0, "lane1")
    parts += _marks(axis, life.requests, 1, "lane2")
    for number, spells in ((2, life.shadow), (3, life.account), (4, life.sessions)):
        parts += _spells(axis, spells, number, f"lane{number + 1}")
    for exposure in life.exposures:
        parts += _gap(axis, exposure)
    return drawing(WIDTH, HEIGHT, f"Timeline of {life.name}", "".join(parts))


def _closed_hours(axis: Axis) -> Iterator[str]:
    """Gray bands where no sync runs: outside of 06:00 to 18:00 UTC, Monday to Friday."""
    moment = axis.start
    height = TOP + LANE * len(LANES)
    while moment < axis.end:
        midnight = datetime.combine(moment.date(), time(0), tzinfo=UTC)
        opens, closes = midnight + timedelta(hours=6), midnight + timedelta(hours=18)
        nights = [(midnight, opens), (closes, midnight + timedelta(days=1))]
        if moment.weekday() > 4:
            nights = [(midnight, midnight + timedelta(days=1))]
        for since, until in nights:
            left, right = axis.x(since), axis.x(until)
            if right - left > 0.4:
                yield f'<rect class="night" x="{left}" y="{TOP}" width="{round(right - left, 1)}" height="{height - TOP}"/>'
        moment = midnight + timedelta(days=1)


def _days(axis: Axis) -> Iterator[str]:
    days = max(1, (axis.end - axis.start).days)
    step = max(1, days // 10)
    for number in range(0, days + 1, step):
        moment = axis.start + timedelta(days=number)
        if moment < axis.end:
            yield f'<text x="{axis.x(moment)}" y="12">{moment.strftime("%a %d %b")}</text>'


def _marks(axis: Axis, marks: list[Mark], lane: int, style: str) -> Iterator[str]:
    y = TOP + LANE * lane + 11
    for mark in marks[:MAX_MARKS]:
        title = f"<title>{text(mark.at.strftime('%a %d %b %H:%M'))} {text(mark.label)}</title>"
        shape = f'<circle class="{style}" cx="{axis.x(mark.at)}" cy="{y}" r="4">{title}</circle>'
        yield f'<a href="#x{mark.exchange}">{shape}</a>' if mark.exchange is not None else shape
    if len(marks) > MAX_MARKS:
        yield f'<text x="{WIDTH - 110}" y="{y + 3}">and {len(marks) - MAX_MARKS} more</text>'


def _spells(axis: Axis, spells: list[Spell], lane: int, style: str) -> Iterator[str]:
    y = TOP + LANE * lane + 6
    for spell in spells:
        left, right = axis.x(spell.since), axis.x(spell.until or axis.end)
        yield (
            f'<rect class="{style}" x="{left}" y="{y}" width="{max(1.5, round(right - left, 1))}" height="10" rx="2">'
            f"<title>{text(spell.since.strftime('%a %d %b %H:%M'))} to "
            f"{text(spell.until.strftime('%a %d %b %H:%M') if spell.until else 'the end')}</title></rect>"
        )


def _gap(axis: Axis, exposure: Exposure) -> Iterator[str]:
    y = TOP + LANE * len(LANES) + 4
    left, right = axis.x(exposure.left_at), axis.x(exposure.ended_at or axis.end)
    minutes = exposure.minutes
    label = "access has not ended" if minutes is None else f"{duration_text(minutes)} of access after leaving"
    anchor, place = ("end", left - 4) if left > WIDTH * 0.7 else ("start", max(right, left + 2) + 4)
    yield f'<rect class="gap" x="{left}" y="{y}" width="{max(2.0, round(right - left, 1))}" height="12"/>'
    yield f'<text class="gaptext" x="{place}" y="{y + 10}" text-anchor="{anchor}">{text(label)}</text>'
