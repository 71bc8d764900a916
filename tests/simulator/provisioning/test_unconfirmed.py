"""A change that the target carried out without confirming it is neither lost nor left behind, whatever follows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.directory.directory import Directory
from simulator.profiles.profile import PROFILES
from tests.fake_target import Answer, FakeTarget
from tests.simulator.engine import Engine
from tests.simulator.lost_replies import UNCONFIRMED, answers_again, differences, loses_replies

Change = Callable[[Engine, Directory], object]


def hire(engine: Engine, directory: Directory) -> None:
    engine.person("Dora D", jobTitle="Clerk")


def upn(name: str, first: str) -> Change:
    return lambda e, d: d.update_user(e.now, f"id-{first}", userPrincipalName=f"{name}@contoso.com")


def title(text: str) -> Change:
    return lambda e, d: d.update_user(e.now, "id-anna", jobTitle=text)


def both(*changes: Change) -> Change:
    return lambda e, d: [change(e, d) for change in changes]


def purge(first: str) -> Change:
    return both(lambda e, d: d.soft_delete(e.now, f"id-{first}"), lambda e, d: d.purge(e.now, f"id-{first}"))


NOTHING: Change = lambda e, d: None  # noqa: E731
# (before, the change whose confirmations are lost, what happens next)
CASES: dict[str, tuple[Change, Change, Change]] = {
    "create": (NOTHING, hire, NOTHING),
    "create, blocked": (NOTHING, hire, lambda e, d: d.block(e.now, "id-dora")),
    "create, unassigned": (NOTHING, hire, lambda e, d: d.unassign(e.now, "id-dora")),
    "create, soft-deleted": (NOTHING, hire, lambda e, d: d.soft_delete(e.now, "id-dora")),
    "create, purged": (NOTHING, hire, purge("dora")),
    "create, renamed": (NOTHING, hire, upn("dora.b", "dora")),
    "update": (NOTHING, title("Lead"), NOTHING),
    "update, reverted": (title("Clerk"), title("Lead"), title("Clerk")),
    "rename, reverted": (NOTHING, upn("anna.b", "anna"), upn("anna", "anna")),
    "block": (NOTHING, lambda e, d: d.block(e.now, "id-anna"), NOTHING),
    "block, unblocked": (NOTHING, lambda e, d: d.block(e.now, "id-anna"), lambda e, d: d.unblock(e.now, "id-anna")),
    "block, purged": (NOTHING, lambda e, d: d.block(e.now, "id-anna"), purge("anna")),
    "unblock, blocked": (
        lambda e, d: d.block(e.now, "id-anna"),
        lambda e, d: d.unblock(e.now, "id-anna"),
        lambda e, d: d.block(e.now, "id-anna"),
    ),
    "unassign": (NOTHING, lambda e, d: d.unassign(e.now, "id-cleo"), NOTHING),
    "unassign, assigned": (
        NOTHING,
        lambda e, d: d.unassign(e.now, "id-cleo"),
        lambda e, d: d.assign(e.now, "id-cleo"),
    ),
    "delete": (NOTHING, purge("anna"), NOTHING),
    "create a group": (NOTHING, lambda e, d: e.group("New", "id-anna"), NOTHING),
    "create a group, renamed": (
        NOTHING,
        lambda e, d: e.group("New", "id-anna"),
        lambda e, d: d.rename_group(e.now, "gid-new", "Newer"),
    ),
    "create a group, unassigned": (
        NOTHING,
        lambda e, d: e.group("New", "id-anna"),
        lambda e, d: d.unassign(e.now, "gid-new"),
    ),
    "create a group, deleted": (
        NOTHING,
        lambda e, d: e.group("New", "id-anna"),
        lambda e, d: d.delete_group(e.now, "gid-new"),
    ),
    "rename a group": (NOTHING, lambda e, d: d.rename_group(e.now, "gid-sales", "Sells"), NOTHING),
    "rename a group, reverted": (
        NOTHING,
        lambda e, d: d.rename_group(e.now, "gid-sales", "Sells"),
        lambda e, d: d.rename_group(e.now, "gid-sales", "Sales"),
    ),
    "delete a group": (NOTHING, lambda e, d: d.delete_group(e.now, "gid-sales"), NOTHING),
    "unassign a group, assigned": (
        NOTHING,
        lambda e, d: d.unassign(e.now, "gid-sales"),
        lambda e, d: d.assign(e.now, "gid-sales"),
    ),
    "join": (NOTHING, lambda e, d: d.add_member(e.now, "gid-sales", "id-cleo"), NOTHING),
    "join, left": (
        NOTHING,
        lambda e, d: d.add_member(e.now, "gid-sales", "id-cleo"),
        lambda e, d: d.remove_member(e.now, "gid-sales", "id-cleo"),
    ),
    "join, soft-deleted": (
        NOTHING,
        lambda e, d: d.add_member(e.now, "gid-sales", "id-cleo"),
        lambda e, d: d.soft_delete(e.now, "id-cleo"),
    ),
    "join, purged": (NOTHING, lambda e, d: d.add_member(e.now, "gid-sales", "id-cleo"), purge("cleo")),
    "leave": (NOTHING, lambda e, d: d.remove_member(e.now, "gid-sales", "id-bert"), NOTHING),
    "leave, joined": (
        NOTHING,
        lambda e, d: d.remove_member(e.now, "gid-sales", "id-bert"),
        lambda e, d: d.add_member(e.now, "gid-sales", "id-bert"),
    ),
    "leave, soft-deleted": (
        NOTHING,
        lambda e, d: d.remove_member(e.now, "gid-sales", "id-bert"),
        lambda e, d: d.soft_delete(e.now, "id-bert"),
    ),
    "manager": (NOTHING, lambda e, d: d.set_manager(e.now, "id-anna", "id-cleo"), NOTHING),
    "manager, reverted": (
        NOTHING,
        lambda e, d: d.set_manager(e.now, "id-anna", "id-cleo"),
        lambda e, d: d.set_manager(e.now, "id-anna", "id-bert"),
    ),
    "manager, removed": (
        lambda e, d: d.set_manager(e.now, "id-anna", None),
        lambda e, d: d.set_manager(e.now, "id-anna", "id-cleo"),
        lambda e, d: d.set_manager(e.now, "id-anna", None),
    ),
    "no manager, reverted": (
        NOTHING,
        lambda e, d: d.set_manager(e.now, "id-anna", None),
        lambda e, d: d.set_manager(e.now, "id-anna", "id-bert"),
    ),
}


def company(engine: Engine) -> None:
    """Anna, Bert, and Cleo; Anna reports to Bert, and both are in the group Sales."""
    for name in ("Anna A", "Bert B", "Cleo C"):
        engine.person(name, jobTitle="Clerk")
    engine.directory.set_manager(engine.now, "id-anna", "id-bert")
    engine.group("Sales", "id-anna", "id-bert")


# These providers do not look for a resource before they create it, so what a creation left behind stays there.
BLIND = {"authentik": {"create", "create a group"}, "keycloak": set[str]()}


def in_the_end(engine: Engine, before: Change, change: Change, then: Change) -> list[tuple[str, str, str, str]]:
    """How the target differs from the directory two cycles after the confirmations of `change` were lost."""
    company(engine)
    engine.cycle()
    before(engine, engine.directory)
    engine.cycle()
    assert differences(engine) == []
    change(engine, engine.directory)
    loses_replies(engine.target)
    engine.cycle()
    answers_again(engine.target)
    then(engine, engine.directory)
    engine.cycle()
    engine.cycle()
    return differences(engine)


@pytest.mark.parametrize("case", CASES)
def test_entra_converges(target: FakeTarget, case: str) -> None:
    assert in_the_end(Engine(target), *CASES[case]) == []


@pytest.mark.parametrize("case", [case for case in CASES if "group" not in case])
def test_entra_converges_without_reading(target: FakeTarget, case: str) -> None:
    assert in_the_end(Engine(target, read_before_update="none"), *CASES[case]) == []


def test_a_deletion_that_was_not_confirmed_is_no_obstacle_to_coming_back(target: FakeTarget) -> None:
    engine = Engine(target, read_before_update="none", out_of_scope="delete")
    assert in_the_end(engine, *CASES["unassign, assigned"]) == []
    assert [key for key in target.resources if key.startswith("Users/")] == ["Users/u1", "Users/u2", "Users/u5"]


@pytest.mark.parametrize("case", [case for case in CASES if "manager" not in case])
@pytest.mark.parametrize("idp", PROFILES)
def test_other_providers_converge(target: FakeTarget, idp: str, case: str) -> None:
    found = {kind for kind, *_ in in_the_end(Engine(target, idp=idp), *CASES[case])}
    left_behind = case.startswith("create") and idp in BLIND and case not in BLIND[idp]
    assert ("unexpected" in found) if left_behind else not found


def created_then(engine: Engine, change: Change, answer: Answer = None, *, carried_out: bool = True) -> list[str]:
    """The requests about Dora after her creation failed and `change` happened."""
    company(engine)
    engine.cycle()
    if carried_out:
        loses_replies(engine.target, answer)
    else:
        engine.target.rule = lambda request: "well" if request.method == "GET" else answer
    hire(engine, engine.directory)
    engine.cycle()
    answers_again(engine.target)
    change(engine, engine.directory)
    engine.cycle()
    return [f"{one.method} {one.path.removeprefix('/scim')}" for one in engine.target.received[2:]]


LOOKUP = "GET /Users?filter=userName+eq+%22dora%40contoso.com%22"


@pytest.mark.parametrize("answer", UNCONFIRMED.values(), ids=UNCONFIRMED.keys())
def test_a_leaver_whose_creation_was_not_confirmed_is_looked_up_and_disabled(
    target: FakeTarget, answer: Answer
) -> None:
    engine = Engine(target)
    lines = created_then(engine, lambda e, d: d.unassign(e.now, "id-dora"), answer)
    assert lines == [LOOKUP, "GET /Users/u5", "PATCH /Users/u5"]
    assert target.resources["Users/u5"]["active"] is False


def test_a_purged_user_is_looked_up_by_the_values_of_the_creation(target: FakeTarget) -> None:
    assert created_then(Engine(target), purge("dora")) == [LOOKUP, "DELETE /Users/u5"]


def test_a_renamed_user_is_looked_up_by_the_new_name_and_then_by_the_old_one(target: FakeTarget) -> None:
    lines = created_then(Engine(target), upn("dora.b", "dora"))
    assert lines == [LOOKUP.replace("dora%40", "dora.b%40"), LOOKUP, "PATCH /Users/u5"]


def test_a_lookup_that_fails_is_repeated(target: FakeTarget) -> None:
    engine = Engine(target)

    def trouble(engine: Engine, directory: Directory) -> None:
        directory.unassign(engine.now, "id-dora")
        target.rule = lambda request: (503, {}) if request.line == LOOKUP.replace("/Users", "/scim/Users") else "well"

    assert created_then(engine, trouble) == [LOOKUP]
    answers_again(target)
    engine.cycle()
    assert target.resources["Users/u5"]["active"] is False


def test_a_creation_that_was_not_carried_out_leaves_nothing_to_change(target: FakeTarget) -> None:
    engine = Engine(target)
    assert created_then(engine, lambda e, d: d.unassign(e.now, "id-dora"), carried_out=False) == [LOOKUP]
    engine.directory.block(engine.now, "id-dora")
    engine.cycle()
    assert target.received[2:] == []  # the lookup is not repeated


def test_a_creation_that_was_refused_is_not_looked_up(target: FakeTarget) -> None:
    lines = created_then(Engine(target), lambda e, d: d.unassign(e.now, "id-dora"), (400, {}), carried_out=False)
    assert lines == []


def test_the_user_of_another_person_is_left_alone(target: FakeTarget) -> None:
    """Dora's name was given to somebody else before the creation was retried."""
    engine = Engine(target)

    def successor(engine: Engine, directory: Directory) -> None:
        directory.unassign(engine.now, "id-dora")
        engine.person("Dan D", userPrincipalName="dora@contoso.com")

    created_then(engine, successor)
    engine.cycle()
    assert target.resources["Users/u5"]["active"] is True
    assert engine.job.state.users["id-dan"] == "u5"
    assert differences(engine) == []


def test_a_restart_remembers_creations_of_objects_that_are_gone(target: FakeTarget) -> None:
    def restart(engine: Engine, directory: Directory) -> None:
        purge("dora")(engine, directory)
        engine.job.restart()

    created_then(engine := Engine(target), restart)
    assert "Users/u5" not in target.resources
    assert engine.job.state.unsure_creates == {}
