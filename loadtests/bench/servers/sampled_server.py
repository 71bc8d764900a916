"""The reference server with a sampler: `python -m ... SAMPLES READY FOLDER`.

At each tick of the kernel's CPU timer, the sampler notes which part of the server is at work. On SIGUSR1, it writes its counts to
the file SAMPLES and starts again. The samples of the thread that writes the journal count for the part that it interrupts.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

# The first that occurs in the path of a file, going outward from the innermost frame, names the part.
PARTS = {
    "front_door/exchange": "HTTP: response",
    "endpoints/replies": "HTTP: response",
    "front_door/": "HTTP: request",
    "uvicorn/": "HTTP: request",
    "endpoints/routes": "route, token, rate limit",
    "endpoints/authentication": "route, token, rate limit",
    "reference_server/tokens": "route, token, rate limit",
    "service/connections": "route, token, rate limit",
    "service/traffic": "route, token, rate limit",
    "endpoints/body": "body",
    "endpoints/query": "query",
    "endpoints/": "unit of work",
    "reference_server/turns": "unit of work",
    "scim/": "validation",
    "shadow/view": "rendering",
    "shadow/splice": "rendering",
    "shadow/": "shadow tables",
    "service/": "audit, deprovisioning",
    "storage/": "store, journal",
}
OTHER = "event loop, sockets, waiting"
PERIOD = 0.001  # seconds of CPU time; most kernels tick every 4 ms

counts: Counter[str] = Counter()


def _sample(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        path = frame.f_code.co_filename
        for mark, part in PARTS.items():
            if mark in path:
                counts[part] += 1
                return
        frame = frame.f_back
    counts[OTHER] += 1


def main(samples: Path, ready: Path, folder: Path) -> None:
    """Serve until the process is terminated."""

    def write(number: int, frame: FrameType | None) -> None:
        samples.with_suffix(".new").write_text(json.dumps(counts))
        samples.with_suffix(".new").replace(samples)
        counts.clear()

    signal.signal(signal.SIGPROF, _sample)
    signal.signal(signal.SIGUSR1, write)
    signal.setitimer(signal.ITIMER_PROF, PERIOD, PERIOD)
    sys.argv = ["reference_server", "--port", "0", "--data", str(folder), "--ready-file", str(ready)]
    runpy.run_module("reference_server", run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
