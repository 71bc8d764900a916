"""Charts as SVG without scripts: line charts, bars, and drawings. Each has a description for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.report.page import text

WIDTH, HEIGHT = 1000, 260
LEFT, RIGHT, TOP, BOTTOM = 70, 10, 12, 40
BAR_WIDTH = 300
TICKS = 4
LANES = 5  # number of line colors in the page's style sheet
DASHES = ("", "8 4", "2 4")  # lines differ in more than their color
COLORS = ("#0b62a4", "#b5432a", "#3a7d2c", "#7a4fa3", "#946800", "#00707a", "#555555")  # each readable on white
FILE_STYLE = "svg{background:#fff;font:13px sans-serif}polyline{fill:none;stroke-width:2}line{stroke:#ddd}"
STYLE = (
    "svg polyline.line{fill:none;stroke-width:2}.legend{margin:.3rem 0}"
    ".legend svg{display:inline-block;width:2.2rem;height:.6rem}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A named series of points in ascending x."""

    name: str
    points: Sequence[tuple[float, float]]


def drawing(width: float, height: float, words: str, shapes: str) -> str:
    """An SVG image of `shapes` (markup) with `words` as its text description."""
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{text(words)}">{shapes}</svg>'


def captioned(caption: str, chart: str) -> str:
    """A card with a caption above a chart (markup)."""
    return f'<div class="card"><p>{text(caption)}</p>{chart}</div>'


def bar(value: float, most: float) -> str:
    """A horizontal bar for a table row that also shows the number. A value of `most` fills the whole width."""
    length = f"{BAR_WIDTH * value / most:.1f}"
    return (
        f'<svg viewBox="0 0 {BAR_WIDTH} 10" aria-hidden="true"><rect class="bar" width="{length}" height="10"/></svg>'
    )


def line_chart(lines: Sequence[Line], *, x: str, y: str) -> str:
    """A line chart with a legend. `x` and `y` are the labels of the axes, including their units."""
    right = _nice(max((point[0] for line in lines for point in line.points), default=0))
    high = _nice(max((point[1] for line in lines for point in line.points), default=0))
    drawn = "".join(_drawn(number, line, right, high) for number, line in enumerate(lines))
    told = f"{y} by {x}: " + "; ".join(_words(line) for line in lines)
    legend = "".join(
        f'<span><svg viewBox="0 0 40 10" aria-hidden="true"><polyline {_look(number)} points="0,5 40,5"/></svg> '
        f"{text(line.name)}</span>&emsp;"
        for number, line in enumerate(lines)
    )
    chart = drawing(WIDTH, HEIGHT, told, _axes(right, high) + drawn)
    return f'<div class="card"><p class="legend">{text(y)} by {text(x)}: {legend}</p>{chart}</div>'


def chart_file(lines: Sequence[Line], *, x: str, y: str) -> str:
    """A line chart as an SVG file of its own, with its colors and its legend. `x` and `y` are the labels of the axes."""
    right = _nice(max((point[0] for line in lines for point in line.points), default=0))
    high = _nice(max((point[1] for line in lines for point in line.points), default=0))
    drawn = "".join(
        _drawn(number, line, right, high).replace("<polyline", f'<polyline stroke="{COLORS[number % len(COLORS)]}"')
        for number, line in enumerate(lines)
    )
    legend = "".join(
        f'<text x="{LEFT}" y="{HEIGHT + 20 * (number + 1)}" fill="{COLORS[number % len(COLORS)]}">'
        f"{text(line.name)}: {_number(line.points[-1][1], 3)}</text>"
        for number, line in enumerate(lines)
        if line.points
    )
    labels = (
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 2}" text-anchor="end">{text(x)}</text>'
        f'<text x="{LEFT + 8}" y="{TOP + 10}">{text(y)}</text>'
    )
    height = HEIGHT + 20 * len(lines) + 10
    shapes = f"<style>{FILE_STYLE}</style>{_axes(right, high)}{drawn}{labels}{legend}"
    told = f"{y} by {x}: " + "; ".join(_words(line) for line in lines)
    return drawing(WIDTH, height, told, shapes).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def _drawn(number: int, line: Line, right: float, high: float) -> str:
    places = (f"{_across(px, right):.1f},{_up(py, high):.1f}" for px, py in line.points)
    return f'<polyline {_look(number)} points="{" ".join(places)}"/>'


def _look(number: int) -> str:
    return f'class="line lane{number % LANES + 1}" stroke-dasharray="{DASHES[number % len(DASHES)]}"'


def _axes(right: float, high: float) -> str:
    parts = []
    for tick in range(TICKS + 1):
        part = tick / TICKS
        level, place = _up(high * part, high), _across(right * part, right)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{level:.1f}" y2="{level:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{level + 4:.1f}" text-anchor="end">{_number(high * part)}</text>')
        anchor = "end" if tick == TICKS else "middle"
        parts.append(
            f'<text x="{place:.1f}" y="{HEIGHT - 18}" text-anchor="{anchor}">{_number(right * part, 6)}</text>'
        )
    return "".join(parts)


def _words(line: Line) -> str:
    if not line.points:
        return f"{line.name}: no data"
    values = [py for _, py in line.points]
    return f"{line.name} from {_number(values[0])} to {_number(values[-1])}, highest {_number(max(values))}"


def _across(value: float, right: float) -> float:
    return LEFT + value / right * (WIDTH - LEFT - RIGHT)


def _up(value: float, high: float) -> float:
    return HEIGHT - BOTTOM - value / high * (HEIGHT - TOP - BOTTOM)


def _nice(value: float) -> float:
    """The next round number: 1, 2, 4, 5, 8, or 10 times a power of ten."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value > 0:
        power /= 10
    return next((factor * power for factor in (1, 2, 4, 5, 8, 10) if factor * power >= value), 10 * power)


def _number(value: float, digits: int = 4) -> str:
    """A number with this precision in significant digits, and without an exponent if it is large."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:,.{digits}g}"
