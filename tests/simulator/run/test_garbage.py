"""Collecting rarely changes the thresholds, and garbage is still collected."""

from __future__ import annotations

import gc

from simulator.run.garbage import collect_rarely


def test_collections_become_rarer_and_stay_on() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's default; another test of this process may have changed it
    try:
        collect_rarely()
        assert gc.isenabled()
        assert gc.get_threshold()[0] > 700
    finally:
        gc.set_threshold(*before)
