"""`scimulator report` for the event stream of a simulation or a replay."""

from __future__ import annotations

from pathlib import Path

from simulator.commands.clear_errors import clear_errors

FORMATS = ("html", "json", "log")


def report_run(runs: list[Path], outputs: dict[str, Path]) -> int:
    """Print the summary and write a file for each format in `outputs`. Returns the exit code of the earlier run."""
    with clear_errors("report"):
        from simulator.report.saved_runs import report_again

        return report_again(runs[0], outputs.get("html"), outputs.get("json"), outputs.get("log"))
