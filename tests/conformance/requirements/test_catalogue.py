"""The catalogue of requirements: every requirement that can be judged has a check."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.requirements.catalogue import catalogue, requirement
from conformance.run.collect import CHECKS
from tests.conformance.every_check import checks, rows_of


def test_every_sentence_has_a_check() -> None:
    """556 rows of the RFCs, and those of the profiles that are not superseded."""
    named = {id_ for check in checks() for id_ in check.facts.ids}
    superseded = ("IPSIEOLD", "IPSIELEV")
    assert {row.id for row in catalogue().values() if row.counts and row.rfc not in superseded} - named == set()


def test_counts_of_the_catalogue() -> None:
    counted = Counter(row.rfc for row in catalogue().values() if row.counts)
    assert {name: counted[name] for name in ("RFC7643", "RFC7644", "RFC9865", "RFC6750")} == {
        "RFC7643": 242,
        "RFC7644": 273,
        "RFC9865": 21,
        "RFC6750": 20,
    }
    assert len(catalogue()) == 817 + 214


def test_peers_checks_are_covered_or_left_out_for_a_reason() -> None:
    """Each of the 283 checks of 16 other tools names the checks of ours that make it, or why it is left out."""
    rows = rows_of(Path(str(CHECKS.parent / "requirements" / "peer_checks.csv")))
    functions = {check.function for check in checks()}
    assert len(rows) == 283
    for row in rows:
        names = row["covered_by"].split()
        assert [name for name in names if name not in functions and not name.startswith("fuzz_")] == [], row["check"]
        assert bool(names) is not bool(row["left_out"]), row["check"]


@pytest.mark.parametrize(("arguments", "words"), [(("RFC0-1",), "unknown requirement"), ((), "none given")])
def test_check_without_a_real_sentence_is_rejected(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        requirement(*arguments)
