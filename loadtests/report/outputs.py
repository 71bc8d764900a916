"""The report files of a load test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loadtests.report.csv_rows import as_csv
from loadtests.report.html import as_html
from loadtests.report.json_report import as_json
from loadtests.report.junit import as_junit
from secrecy.lost_output import OutputLost
from secrecy.private_files import write_private
from simulator.stream.events import LoadEvent


@dataclass(frozen=True, slots=True)
class Outputs:
    """The path for each format; None: not requested."""

    json: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    junit: Path | None = None

    def paths(self) -> tuple[Path | None, ...]:
        return (self.json, self.html, self.csv, self.junit)

    def write(self, events: list[LoadEvent]) -> None:
        """Write every requested report. Raises OutputLost."""
        for path, form in zip(self.paths(), (as_json, as_html, as_csv, as_junit), strict=True):
            if path is not None:
                try:
                    write_private(path, form(events))
                except OSError as error:
                    raise OutputLost(path, error) from None
