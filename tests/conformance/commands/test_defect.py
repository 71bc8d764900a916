"""`scimulator defect` serves a defect that `scimulator check` finds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.conformance.real_runs import run, verdicts
from tests.support import Command


def test_defect_is_served_live_and_found(scimulator: Command, tmp_path: Path) -> None:
    """`scimulator defect NAME`: the printed command finds it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scimulator", "defect", "patch-active-noop-200", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    told: dict[str, str] = {}
    for line in process.stdout:
        for name in ("base URL", "token"):
            if line.strip().startswith(name):
                told[name] = line.split()[-1]
        if "Ctrl-C" in line:
            break
    code, events, _ = run(told["base URL"], told["token"], tmp_path, "-k", "test_replace_switches_active_off_and_on")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 130
    assert (code, set(verdicts(events).values())) == (1, {"FAIL"})
