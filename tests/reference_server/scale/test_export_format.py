"""The format of an export file: a file that does not follow it is rejected before anything is created."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.scale.export_format import UnfitExport
from tests.reference_server.scale.exports import (
    BAD,
    GOOD,
    imported,
    signed,
)


@pytest.mark.parametrize(("file", "words"), BAD.values(), ids=BAD)
def test_a_file_that_is_not_fit_is_rejected_before_anything_is_made(tmp_path: Path, file: bytes, words: str) -> None:
    with pytest.raises(UnfitExport) as told:
        imported(str(tmp_path / "target"), file)
    assert words in str(told.value)
    assert not (tmp_path / "target").exists()


def test_the_good_file_that_the_bad_ones_are_made_of_is_accepted(target: str) -> None:
    assert imported(target, signed(GOOD)).records == 2
