"""After each cycle, the projection holds what the target must hold, by the ids of the target."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.verify.expected import ExpectedState
from simulator.verify.projection import Projection
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine
from tests.simulator.lost_replies import differences


def started(target: FakeTarget) -> tuple[Engine, Projection]:
    """Anna and her manager Bert in the group Sales, provisioned."""
    engine = Engine(target)
    bert = engine.person("Bert Jones")
    anna = engine.person("Anna Smith", jobTitle="Clerk")
    engine.directory.set_manager(engine.now, anna, bert)
    engine.group("Sales", bert, anna)
    projection = Projection(engine.job, frozenset({"old"}))
    engine.cycle()
    projection.update()
    return engine, projection


def test_users_and_groups_are_expected_by_the_ids_of_the_target(target: FakeTarget) -> None:
    _, projection = started(target)
    state = projection.state
    assert {id_: (user.object_id, user.manager) for id_, user in state.users.items()} == {
        "u1": ("id-bert", None),
        "u2": ("id-anna", "u1"),
    }
    assert state.users["u2"].values["title"] == "Clerk"
    assert {id_: group.members for id_, group in state.groups.items()} == {"g3": {"u1", "u2"}}
    assert state.foreign == {"old"}
    assert projection.target_of("user", "id-anna") == "u2"
    assert projection.target_of("group", "gid-sales") == "g3"


def leave_scope(engine: Engine) -> None:
    engine.directory.remove_member(engine.now, "gid-sales", "id-anna")  # the group is assigned: so are its members
    engine.directory.unassign(engine.now, "id-anna")


Change = Callable[[Engine], None]
LEAVERS: dict[str, tuple[Change, set[str], dict[str, str]]] = {
    "moved": (lambda e: e.directory.update_user(e.now, "id-anna", jobTitle="Lead"), {"u1", "u2"}, {}),
    "blocked": (lambda e: e.directory.block(e.now, "id-anna"), {"u1", "u2"}, {}),
    "out of scope": (leave_scope, {"u1"}, {"u2": "Anna Smith"}),
    "purged": (lambda e: e.directory.purge(e.now, "id-anna"), {"u1"}, {}),
}


@pytest.mark.parametrize(("change", "users", "released"), LEAVERS.values(), ids=LEAVERS.keys())
def test_a_change_is_expected_after_the_cycle_that_worked_on_it(
    target: FakeTarget, change: Change, users: set[str], released: dict[str, str]
) -> None:
    engine, projection = started(target)
    change(engine)
    engine.cycle()
    state = projection.update()
    assert state.users.keys() == users
    assert state.released == released
    if "u2" in users:
        expected = {name: state.users["u2"].values[name] for name in ("title", "active")}
        assert expected == {name: target.resources["Users/u2"][name] for name in ("title", "active")}


def test_a_user_that_could_not_be_created_is_missing_until_the_create_succeeds(target: FakeTarget) -> None:
    engine = Engine(target)
    projection = Projection(engine.job)
    engine.person("Anna Smith")
    target.rule = lambda request: (503, {}) if request.method == "POST" else "well"
    engine.cycle()
    assert projection.update().unlinked == {"id-anna": "Anna Smith"}
    target.rule = lambda request: "well"
    engine.cycle()
    state = projection.update()
    assert state.unlinked == {}
    assert state.users.keys() == {"u1"}


def test_a_change_that_no_cycle_has_seen_is_expected_only_on_demand(target: FakeTarget) -> None:
    engine, projection = started(target)
    engine.cycle()
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")

    def title(state: ExpectedState) -> str:
        return str(state.users["u2"].values["title"])

    assert title(projection.update()) == "Clerk"
    assert title(projection.update(everything=True)) == "Lead"


def test_a_group_that_is_deleted_is_no_longer_expected(target: FakeTarget) -> None:
    engine, projection = started(target)
    engine.directory.unassign(engine.now, "gid-sales")
    engine.cycle()
    assert projection.update().groups == {}
    assert projection.target_of("group", "gid-sales") is None


def members_after(engine: Engine, projection: Projection) -> set[str]:
    """Who is expected in Sales after another cycle."""
    engine.cycle()
    projection.update()
    return set(projection.state.groups["g3"].members)


def test_a_user_in_the_recycle_bin_is_expected_to_stay_a_member_until_the_user_is_deleted(target: FakeTarget) -> None:
    engine, projection = started(target)
    engine.directory.soft_delete(engine.now, "id-anna")
    assert members_after(engine, projection) == {"u1", "u2"}
    engine.directory.rename_group(engine.now, "gid-sales", "Sellers")  # the group itself is looked at
    assert members_after(engine, projection) == {"u1", "u2"}
    engine.directory.purge(engine.now, "id-anna")
    assert members_after(engine, projection) == {"u1"}


def test_a_user_that_a_soft_delete_deletes_in_the_target_is_no_member(target: FakeTarget) -> None:
    """As with gallery applications: the group is not read, although its members have changed."""
    engine = Engine(target, out_of_scope="delete")
    anna = engine.person("Anna Smith")
    engine.group("Sales", anna)
    projection = Projection(engine.job)
    engine.cycle()
    projection.update()
    engine.directory.soft_delete(engine.now, anna)
    engine.cycle()
    projection.update()
    assert set(projection.state.groups["g2"].members) == set()


def test_a_member_that_was_purged_and_left_alone_is_expected_to_stay(target: FakeTarget) -> None:
    engine = Engine(target, purge_between_cycles="nothing")
    anna = engine.person("Anna Smith")
    engine.group("Sales", anna)
    projection = Projection(engine.job)
    engine.cycle()
    engine.directory.purge(engine.now, anna)
    engine.cycle()
    projection.update()
    assert target.writes() == []
    assert set(projection.state.groups["g2"].members) == {"u1"}


@pytest.mark.parametrize(("idp", "title"), [("entra", "Lead"), ("okta", "Clerk"), ("okta-wizard", "Lead")])
def test_what_a_provider_does_not_send_with_a_deactivation_is_not_expected(
    target: FakeTarget, idp: str, title: str
) -> None:
    """Okta deactivates by a PATCH of `active` only, and sends the other changes when the user is active again."""
    engine = Engine(target, idp=idp)
    anna = engine.person("Anna Smith", jobTitle="Clerk")
    engine.cycle()
    engine.directory.update_user(engine.now, anna, jobTitle="Lead")
    engine.directory.block(engine.now, anna)
    engine.cycle()
    assert target.resources["Users/u1"]["title"] == title
    assert differences(engine) == []
    engine.directory.unblock(engine.now, anna)
    engine.cycle()
    assert target.resources["Users/u1"]["title"] == "Lead"
    assert differences(engine) == []
