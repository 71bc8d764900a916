"""A badge with the share of passed checks for each profile, in the color of the verdict."""

from __future__ import annotations

from conformance.report.run_events import checks_of, counts_of, end_of, header_of, profile_of, serious_of
from simulator.report.page import text
from simulator.stream.events import CheckEvent

LABEL = "SCIM"
CHARACTER = 6.6  # average width in pixels of a character at 11 px
COLOURS = {"good": "#17703c", "warned": "#8a5a00", "undecided": "#8a5a00", "failed": "#b3261e", "nothing": "#586174"}


def as_badge(events: list[CheckEvent]) -> str:
    """An SVG image that contains its text also as accessible text and as a title."""
    words = badge_text(events)
    colour = COLOURS[_state(events)]
    left, right = (round(len(part) * CHARACTER) + 12 for part in (LABEL, words))
    label = text(f"{LABEL} {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{label}">'
        f"<title>{label}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="#3a4150"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-{right - 3}z" fill="{colour}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14">{LABEL}</text><text x="{left + right / 2:g}" y="14">{text(words)}</text></g></svg>\n'
    )


def badge_text(events: list[CheckEvent]) -> str:
    """The text of the badge, such as `rfc 98 % · entra 100 %`.

    Shares are rounded down, so that 100 % means all. Checks without a verdict do not count.
    """
    checks = checks_of(events)
    parts = []
    for profile in dict.fromkeys(profile_of(check) for check in checks):
        counts = counts_of(check for check in checks if profile_of(check) == profile)
        passed = counts["PASS"] + counts["NOTE"]
        judged = passed + counts["FAIL"] + counts["WARN"] + counts["UNDECIDED"] + counts["WAIVED"]
        parts.append(f"{profile} {100 * passed // judged} %" if judged else f"{profile} not judged")
    return " · ".join(parts) or "nothing run"


def _state(events: list[CheckEvent]) -> str:
    checks = checks_of(events)
    counts = counts_of(checks)
    if not sum(counts[verdict] for verdict in counts if verdict not in ("NOT OFFERED", "NOT EXERCISED")):
        return "nothing"
    if any(counts[verdict] for verdict in serious_of(header_of(events))):
        return "failed"
    if counts["UNDECIDED"] or end_of(events)["exit_code"]:
        return "undecided"
    return "warned" if counts["WARN"] or counts["WAIVED"] else "good"
