"""The last run from this folder, kept for `--failed` in `.scimulator/last-check.jsonl`."""

from __future__ import annotations

from pathlib import Path

from conformance.report.saved_runs import read_run
from conformance.settings.bad_input import BadInput
from secrecy.private_files import FOLDER_MODE, private_folder, write_private
from simulator.stream.events import CheckEvent
from simulator.stream.run_stream import UnreadableStream

LAST_RUN = Path(".scimulator") / "last-check.jsonl"


def failed_last_time() -> frozenset[str]:
    """The ids of the checks that did not pass in the last run from this folder; raises BadInput."""
    if not LAST_RUN.is_file():
        raise BadInput(f"--failed: there is no earlier run in {LAST_RUN.parent}/. Run `scimulator check --url` first.")
    bad = ("FAIL", "UNDECIDED", "WARN")
    ids = frozenset(e["id"] for e in events_of(LAST_RUN) if e["event"] == "check" and e["verdict"] in bad)
    if not ids:
        raise BadInput("--failed: every check passed in the last run, so there is nothing to run")
    return ids


def keep_for_next_time(stream: Path) -> None:
    """Keep the run for `--failed`; a folder that cannot be written is ignored."""
    try:
        private_folder(LAST_RUN.parent)
        LAST_RUN.parent.chmod(FOLDER_MODE)  # an older version made it readable by everyone
        write_private(LAST_RUN.parent / ".gitignore", "*\n")
        write_private(LAST_RUN, stream.read_bytes())
    except OSError:
        return


def events_of(run: Path) -> list[CheckEvent]:
    """The events of an earlier run; raises BadInput when the file cannot be read."""
    try:
        return read_run(run)
    except UnreadableStream as error:
        raise BadInput(str(error)) from None
