"""A restart clears exactly what its scopes name, as Graph's synchronizationJobRestartCriteria do (docs/notes/entra.md 2.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from simulator.provisioning.escrow import Escrows
from simulator.provisioning.quarantine import begun
from simulator.provisioning.state import JobState, ResetScope

AT = datetime(2026, 3, 2, tzinfo=UTC)


def used() -> JobState:
    """The state of a job that has run, failed, and was paused."""
    state = JobState(Escrows())
    state.users, state.managed, state.inactive = {"anna": "u1"}, {"anna": None}, {"anna": False}
    state.groups, state.members = {"sales": "g1"}, {"sales": {"anna": "u1"}}
    state.managers, state.told, state.unique_values = {"anna": "u2"}, {"anna": {"title": "T"}}, {"anna": ("anna@x",)}
    state.unsure_members, state.unsure_creates = {"sales": {"bert": "u3"}}, {("user", "dora"): {"userName": "dora@x"}}
    state.released, state.left_alone = {"u7": "Gone"}, {"u8": "Other"}
    state.escrows.add(("user", "anna"), AT, next_cycle=True)
    state.staged = {("user", "anna"): None}
    state.watermark = 17
    state.quarantine = begun("TooManyDeletes", "five", AT, first=timedelta(minutes=40))
    state.is_paused = state.is_disabled = True
    return state


def kept(state: JobState) -> set[str]:
    """What a restart leaves in place."""
    known = {
        "links": bool(state.users and state.groups and state.members),
        "watermark": state.watermark is not None,
        "escrows": len(state.escrows) > 0,
        "quarantine": state.quarantine is not None,
        "held-back deletions": bool(state.staged),
    }
    return {name for name, is_kept in known.items() if is_kept}


@pytest.mark.parametrize(
    ("scopes", "left"),
    [
        ([], {"links"}),  # the button of the portal
        ([ResetScope.FULL], set()),
        ([ResetScope.CONNECTOR_DATA_STORE], {"escrows", "quarantine"}),
        ([ResetScope.WATERMARK], {"links", "escrows", "quarantine"}),
        ([ResetScope.ESCROWS], {"links", "watermark", "quarantine"}),
        ([ResetScope.QUARANTINE_STATE], {"links", "watermark", "escrows"}),
        ([ResetScope.FORCE_DELETES], {"links", "watermark", "escrows", "held-back deletions"}),
        ([ResetScope.NONE], {"links", "watermark", "escrows"}),
        ([ResetScope.WATERMARK, ResetScope.ESCROWS], {"links", "quarantine"}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_a_restart_clears_what_is_named_and_the_job_runs_again(scopes: list[ResetScope], left: set[str]) -> None:
    state = used()
    state.restart(scopes)
    assert kept(state) == left
    assert (state.is_paused, state.is_disabled) == (False, False)
    assert state.force_deletes is (ResetScope.FORCE_DELETES in scopes)
    assert state.released == {"u7": "Gone"}  # what is no longer managed stays that way


@pytest.mark.parametrize("scope", [ResetScope.FULL, ResetScope.CONNECTOR_DATA_STORE])
def test_clearing_links_also_clears_what_was_known_of_the_target(scope: ResetScope) -> None:
    state = used()
    state.restart([scope])
    assert state.watermark is None  # without links only an initial cycle can match again
    assert not any((state.managed, state.inactive, state.managers, state.members, state.told, state.unique_values))
    assert not any((state.unsure_members, state.unsure_creates))


def test_unlinking_forgets_one_object_and_no_other() -> None:
    state = used()
    state.users["bert"], state.managers["bert"] = "u9", "u2"
    state.groups["board"] = "g2"
    state.unlink_user("anna")
    state.unlink_group("sales")
    state.unlink_user("nobody")
    state.unlink_group("nobody")
    assert (state.users, state.managers, state.groups) == ({"bert": "u9"}, {"bert": "u2"}, {"board": "g2"})
    assert not any((state.managed, state.inactive, state.members, state.told, state.unique_values))
    assert not state.unsure_members


def test_a_change_of_members_without_a_confirmation_leaves_both_states_possible() -> None:
    state = used()
    held, unsure = state.members, state.unsure_members
    state.note_members("sales", {"cleo": "u4"}, joined=True, confirmed=False)
    state.note_members("sales", {"anna": "u1"}, joined=False, confirmed=False)
    assert (held, unsure) == ({"sales": {"anna": "u1"}}, {"sales": {"bert": "u3", "cleo": "u4", "anna": "u1"}})
    state.note_members("sales", {"cleo": "u4"}, joined=True, confirmed=True)
    state.note_members("sales", {"anna": "u1"}, joined=False, confirmed=True)
    assert (held, unsure) == ({"sales": {"cleo": "u4"}}, {"sales": {"bert": "u3"}})
    state.drop_member("cleo")
    state.drop_member("bert")
    assert (held, unsure) == ({"sales": {}}, {"sales": {}})


@pytest.mark.parametrize(
    "drop", [lambda state: state.unlink_user("anna"), lambda state: state.restart([ResetScope.FULL])]
)
def test_the_last_link_of_a_user_is_remembered_after_it_was_dropped(drop: Callable[[JobState], None]) -> None:
    """Expectations about leavers are judged by it."""
    state = used()
    drop(state)
    assert (state.users, state.dropped_users) == ({}, {"anna": "u1"})
    state.users["anna"] = "u3"
    drop(state)
    drop(state)
    assert state.dropped_users == {"anna": "u3"}
