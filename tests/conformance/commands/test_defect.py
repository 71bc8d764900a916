"""`scimulator defect` serves a defect that `scimulator check` finds."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

from tests.conformance.real_runs import run, verdicts
from tests.support import Command, started


def test_defect_is_served_live_and_found(scimulator: Command, tmp_path: Path) -> None:
    """`scimulator defect NAME`: the printed command finds it."""
    with_ctrl_c = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with started("defect", "patch-active-noop-200", "--port", "0", stderr=None, preexec_fn=with_ctrl_c) as process:
        assert process.stdout is not None
        told: dict[str, str] = {}
        for line in process.stdout:
            for name in ("base URL", "token"):
                if line.strip().startswith(name):
                    told[name] = line.split()[-1]
            if "Ctrl-C" in line:
                break
        code, events, _ = run(
            told["base URL"], told["token"], tmp_path, "-k", "test_replace_switches_active_off_and_on"
        )
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=300)
    assert process.returncode == 130
    assert (code, set(verdicts(events).values())) == (1, {"FAIL"})
