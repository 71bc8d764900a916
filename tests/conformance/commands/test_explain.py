"""`scimulator explain` answers for requirements, checks, defects, profiles, and verdicts."""

from __future__ import annotations

import pytest

from conformance.commands.explain import NothingKnown, explain_id
from conformance.requirements.verdict import Verdict
from tests.support import Command


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        (
            "RFC7644-3.5.2.2-04",
            (
                "says",
                "https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2.2",
                "conformance/checks/",
                "sends",
                "PATCH /Users/{id}",
            ),
        ),
        ("rfc7644-3.5.2.2-04", ("RFC7644-3.5.2.2-04",)),
        ("INTEROP-6.3-01", ("draft-zollner",)),
        ("rfc7644-3.5.2", ("Modifying with PATCH", "RFC7644-3.5.2-01", "MUST", "RFC7644-3.5.2.1, RFC7644-3.5.2.2")),
        ("RFC7644-3.5.2.2", ("RFC7644-3.5.2.2-04", "#section-3.5.2.2", "scimulator explain RFC7644-3.5.2.2-01")),
        ("test_remove_with_filter_keeps_the_others", ("impact", "RFC7644-3.5.2.2-04", "scimulator check")),
        (
            "rfc7644/test_3_5_2_2_patch_remove::test_remove_with_filter_keeps_the_others[x]",
            ("test_remove_with_filter_keeps_the_others",),
        ),
        ("undecided", (Verdict.UNDECIDED.value, "never counts as passed")),
        ("not offered", ("nothing to test",)),
        ("entra", ("requests of Microsoft Entra ID", "--profile entra")),
        ("profiles", ("interop", "ipsie-al1", "okta")),
        ("verdicts", ("WAIVED", "NOTE", "NOT EXERCISED  The client")),
    ],
)
def test_explain_tells_what_it_is_asked(id_: str, words: tuple[str, ...]) -> None:
    told = explain_id(id_)
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    ("id_", "hint"),
    [
        ("RFC7644-3.5.2.2-99", "RFC7644-3.5.2.2-"),
        ("ipsie-al", "ipsie-al1"),
        ("FIAL", "FAIL"),
        ("xyzzy", "Try a requirement"),
    ],
)
def test_explain_hints_at_what_is_near(id_: str, hint: str) -> None:
    with pytest.raises(NothingKnown) as refused:
        explain_id(id_)
    assert hint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("id_", ["RFC7644-3.5.2.2-04", "WARN", "test_removal_of_one_member"])
def test_explain_tells_what_it_knows(scimulator: Command, id_: str) -> None:
    shown = scimulator("explain", id_)
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) >= 1
