"""Every format is a function of the events alone."""

from __future__ import annotations

import json

import pytest

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import (
    broken_patch,
    check,
    hostile_run,
    run,
)


@pytest.mark.parametrize("form", list(FORMATS))
def test_files_are_the_same_for_a_stream_that_was_read_again(form: str) -> None:
    for events in (run(*broken_patch(), check("test_w", "WARN")), hostile_run(), run()):
        assert FORMATS[form](events) == FORMATS[form](json.loads(json.dumps(events)))
