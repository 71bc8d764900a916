"""Progress lines of a run in progress. The parent process forwards the lines with the prefix."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from simulator.wording import counted

if TYPE_CHECKING:  # the command imports this module and must not import Locust, which patches the standard library
    from locust.env import Environment

PREFIX = "progress:"


def tell(words: str) -> None:
    sys.stderr.write(f"{PREFIX}  {words}\n")


def tell_pace(environment: Environment, began: float, counts: dict[str, int], total: int | None) -> None:
    """Report steps, users, and requests per second. `began` is monotonic; `total` is the number of steps, if known."""
    stats = environment.stats.total
    spent = time.monotonic() - began
    seconds = time.time() - stats.start_time if stats.num_requests else spent
    set_up = "setup: " if counts.get("setting_up") else ""
    steps = f"{counts.get('steps', 0):,} of {total:,} steps" if total else counted(counts.get("steps", 0), "step")
    failed = f", {stats.num_failures:,} failed" if stats.num_failures else ""
    rate = stats.num_requests / max(seconds, 0.001)
    done = f"{steps}, {counted(counts.get('people', 0), 'user')}"
    tell(f"{spent:5.0f} s   {set_up}{done}, {rate:,.0f} requests/s{failed}")
