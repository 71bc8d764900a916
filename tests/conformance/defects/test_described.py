"""What a reader learns about the defects is what the self-test runs."""

from __future__ import annotations

from conformance.defects.catalogue import defects
from conformance.defects.described import described


def test_every_defect_is_described_as_it_is_run() -> None:
    assert list(described()) == list(defects())
    for name, defect in defects().items():
        seen = described()[name]
        assert (seen.breaks, seen.source, seen.killed_by) == (defect.breaks, defect.source, defect.killed_by)
