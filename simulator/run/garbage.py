"""Tunes Python's garbage collector for long runs."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Look for garbage cycles more rarely than by default.

    A run keeps a whole company and its target in memory and creates hardly any cycles. With Python's default thresholds, the
    search for cycles takes a sixth of the CPU time.
    """
    gc.set_threshold(10_000, 50, 10)
