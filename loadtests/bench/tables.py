"""Writes the results of `make bench` as Markdown tables, also into docs/performance.md."""

from __future__ import annotations

from pathlib import Path

from loadtests.bench.rounds import Figure, Figures, each_operation, each_server

FEW = 1_000  # responses; with fewer, the table shows their number
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


class NoPlace(Exception):
    """The file has no markers for the tables. The message states what was expected."""


def rates(figures: Figures) -> str:
    """Requests per second of all servers, also as a percentage of the first server's rate."""
    yardstick, *others = each_server(figures)
    lines = _head(["operation", f"{yardstick} /s", *(f"{name} /s" for name in others)])
    for operation in each_operation(figures):
        most = figures[operation, yardstick]
        cells = [_rate(most), *(_rate_and_ratio(figures[operation, name], most) for name in others)]
        lines.append(_row([operation, *cells]))
    if any(figure.client_was_busy for figure in figures.values()):
        lines += [
            "",
            (
                "≥: The client used its whole core, so the server may be faster. Percentages of this rate are an upper bound."
            ),
        ]
    return "\n".join(lines)


def latencies(figures: Figures) -> str:
    """Median and p99 of all responses, and the number of responses if it is small."""
    servers = each_server(figures)
    lines = _head(["median / p99, ms", *servers])
    lines += [
        _row([operation, *(_latency(figures[operation, name]) for name in servers)])
        for operation in each_operation(figures)
    ]
    return "\n".join(lines)


def growth(small: Figures, large: Figures, users: list[int]) -> str:
    """The cost of each request at the last size relative to the first, corrected by the speed of the first server."""
    yardstick, *others = each_server(large)
    lines = _head([f"cost at {users[-1]:,} users, relative to {users[0]:,}", *others])
    for operation in each_operation(large):
        cells = []
        for name in others:
            before, now = (_share(figures, operation, name, yardstick) for figures in (small, large))
            cells.append(_times(before / now) if before and now else "–")
        lines.append(_row([operation, *cells]))
    return "\n".join(lines)


def check_place(path: Path) -> None:
    """Raise NoPlace unless the file has both markers once and in order. Call this before the measurement."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NoPlace(f"{path}: cannot be read ({type(error).__name__})") from None
    if [line for line in lines if line in (BEGIN, END)] != [BEGIN, END]:
        raise NoPlace(f'{path}: expected one line "{BEGIN}" followed by one line "{END}"')


def write_between_markers(path: Path, text: str) -> None:
    """Replace the text between the markers. Raises NoPlace."""
    check_place(path)
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    path.write_text(f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{rest.partition(END)[2]}", "utf-8")


def _rate(figure: Figure) -> str:
    if figure.trouble:
        return figure.trouble
    sign = "≥ " if figure.client_was_busy else ""
    return sign + (f"{figure.per_second:,.0f}" if figure.per_second >= 10 else f"{figure.per_second:.1f}")


def _rate_and_ratio(figure: Figure, most: Figure) -> str:
    if figure.trouble or not most.per_second:
        return _rate(figure)
    return f"{_rate(figure)} ({_percent(100 * figure.per_second / most.per_second)})"


def _percent(value: float) -> str:
    if value < 0.01:
        return "<0.01%"
    return f"{value:.0f}%" if value >= 10 else f"{value:.1f}%" if value >= 1 else f"{value:.2f}%"


def _latency(figure: Figure) -> str:
    if figure.trouble:
        return "–"
    shown = " / ".join(f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in figure.latencies_ms(50, 99))
    few = [f"n={len(figure.latencies):,}"] if len(figure.latencies) < FEW else []
    few += ["one by one"] if figure.one_by_one else []
    return f"{shown} ({', '.join(few)})" if few else shown


def _share(figures: Figures, operation: str, name: str, yardstick: str) -> float:
    """The rate as a share of the first server's rate; 0 without a measurement."""
    figure, most = figures[operation, name], figures[operation, yardstick]
    return 0.0 if figure.trouble or not most.per_second else figure.per_second / most.per_second


def _times(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 10 else f"{factor:.2f}"


def _head(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---", *["---:"] * (len(cells) - 1)])]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
