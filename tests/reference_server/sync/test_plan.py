"""The plan of a sync: matching, adoption, conflicts; pure tables and the property that planning twice plans nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.service.accounts import Account
from reference_server.sync.plan import Facts, Plan, circle, email_of, plan_run

NO_GRANTS: dict[str, list[str]] = {"roles": [], "sites": [], "boards": []}


def account(**values: Any) -> Account:
    held = {"id": "acc", "email": "a@x", "user_name": "a@x", "display_name": "A", "connection_id": "c", **values}
    return Account(tenant_id="t", **held)


def user(**values: Any) -> dict[str, Any]:
    return {"userName": "a@x", "displayName": "A", "active": True, **values}


def plan(
    changed: list[tuple[str, Any]], accounts: list[Account], others: dict[str, Any] | None = None, **options: Any
) -> Plan:
    people = {**(others or {}), **dict(changed)}
    facts = Facts(
        connection_id="c",
        linked=lambda id_: next((a for a in accounts if a.shadow_id == id_), None),
        by_email=lambda email: next((a for a in accounts if a.email.casefold() == email.casefold()), None),
        shadow_of=lambda a: people.get(str(a.shadow_id)),
        grants=lambda id_: NO_GRANTS,
        adopt=options.pop("adopt", True),
    )
    return plan_run(changed, facts, **options)


@pytest.mark.parametrize(
    ("resource", "accounts", "kinds"),
    [
        (user(), [], ["created"]),
        (user(active=False), [], []),
        (None, [], []),
        (user(), [account()], ["adopted"]),
        (user(userName="A@X"), [account()], ["adopted"]),
        (user(), [account(status="inactive", access=False)], ["reactivated"]),
        (user(), [account(shadow_id="s1")], []),
        (user(displayName="B"), [account(shadow_id="s1")], ["updated"]),
        (user(active=False), [account(shadow_id="s1")], ["deactivated"]),
        (user(active=False), [account(shadow_id="s1", access=False)], ["deactivated"]),
        (user(active=False), [account(shadow_id="s1", access=False, status="inactive")], []),
        (None, [account(shadow_id="s1")], ["deactivated"]),
        (user(), [account(shadow_id="s1", status="inactive", access=False)], ["reactivated"]),
        (user(), [account(shadow_id="gone")], ["adopted"]),
    ],
)
def test_one_person(resource: Any, accounts: list[Account], kinds: list[str]) -> None:
    assert [step.kind for step in plan([("s1", resource)], accounts).steps] == kinds


def test_adoption_never_changes_email_or_user_name() -> None:
    step = plan([("s1", user(userName="A@X", displayName="New"))], [account()]).steps[0]
    assert "email" not in step.values
    assert "user_name" not in step.values


def test_two_claims_on_one_account_are_a_conflict_and_the_rest_continues() -> None:
    found = plan([("s1", user()), ("s2", user()), ("s3", user(userName="c@x"))], [])
    assert [(s.kind, s.shadow_id) for s in found.steps] == [("created", "s1"), ("created", "s3")]
    assert [(c.shadow_id, c.claimed_by) for c in found.conflicts] == [("s2", "s1")]


def test_account_of_someone_who_is_there_is_never_taken_over() -> None:
    found = plan([("s2", user())], [account(shadow_id="s1")], {"s1": user()})
    assert found.steps == []
    assert [(c.shadow_id, c.claimed_by) for c in found.conflicts] == [("s2", "s1")]


def test_change_to_anothers_email_is_a_conflict_and_changes_the_rest() -> None:
    accounts = [account(shadow_id="s1"), account(id="other", email="b@x", shadow_id="s2")]
    found = plan([("s1", user(userName="b@x", displayName="New"))], accounts, {"s2": user(userName="b@x")})
    assert found.steps[0].values == {"user_name": "b@x", "display_name": "New"}
    assert found.conflicts[0].claimed_by == "s2"


def test_who_wants_an_address_that_is_being_given_up_waits_for_it() -> None:
    accounts = [account(shadow_id="s1"), account(id="other", email="b@x", shadow_id="s2")]
    swap = [("s1", user(userName="b@x")), ("s2", user())]
    found = plan(swap, accounts)
    assert (found.steps, found.conflicts, found.deferred) == ([], [], {"s1": "s2", "s2": "s1"})
    together = plan(swap, accounts, moving=set(circle(found.deferred)))
    assert [(s.shadow_id, s.values["email"]) for s in together.steps] == [("s1", "b@x"), ("s2", "a@x")]


def test_who_waits_for_someone_that_will_not_move_is_in_conflict() -> None:
    accounts = [account(shadow_id="s1"), account(id="other", email="b@x", shadow_id="s2")]
    found = plan([("s1", user(userName="b@x"))], accounts, {"s2": user(userName="c@x")}, stuck={"s2"})
    assert [(c.shadow_id, c.claimed_by) for c in found.conflicts] == [("s1", "s2")]


@pytest.mark.parametrize(
    ("deferred", "found"),
    [
        ({}, []),
        ({"a": "b"}, []),
        ({"a": "b", "b": "a"}, ["a", "b"]),
        ({"x": "a", "a": "b", "b": "c", "c": "a"}, ["a", "b", "c"]),
        ({"x": "y", "y": "z"}, []),
    ],
)
def test_circle(deferred: dict[str, str], found: list[str]) -> None:
    assert circle(deferred) == found


@pytest.mark.parametrize("values", [{"protected": True}, {}], ids=["protected", "adoption off"])
def test_account_that_may_not_be_adopted_is_a_conflict(values: dict[str, Any]) -> None:
    found = plan([("s1", user())], [account(**values)], adopt=bool(values))
    assert (found.steps, [c.claimed_by for c in found.conflicts]) == ([], ["acc"])


def test_deactivation_tick_looks_at_leavers_only() -> None:
    found = plan(
        [("s1", user(active=False)), ("s2", user(userName="b@x"))], [account(shadow_id="s1")], only_deactivations=True
    )
    assert [(s.kind, s.shadow_id) for s in found.steps] == [("deactivated", "s1")]


@pytest.mark.parametrize(
    ("resource", "email"),
    [
        ({"userName": "u@x"}, "u@x"),
        ({"userName": "u"}, ""),
        ({"userName": "u@x", "emails": [{"value": "h@x", "type": "home"}, {"value": "w@x", "type": "work"}]}, "w@x"),
        ({"userName": "u@x", "emails": [{"value": "h@x", "primary": True}, {"value": "w@x", "type": "work"}]}, "h@x"),
        ({"userName": "u@x", "emails": [{"type": "work"}, {"value": "o@x", "type": "other"}]}, "o@x"),
    ],
)
def test_email_that_an_account_is_matched_by(resource: dict[str, Any], email: str) -> None:
    assert email_of(resource) == email


PEOPLE = st.dictionaries(
    st.sampled_from(["s1", "s2", "s3"]),
    st.one_of(
        st.none(),
        st.builds(
            user,
            userName=st.sampled_from(["a@x", "b@x"]),
            displayName=st.sampled_from(["A", "B"]),
            active=st.booleans(),
        ),
    ),
)


@given(PEOPLE)
def test_planning_again_after_applying_plans_nothing(people: dict[str, Any]) -> None:
    accounts: list[Account] = []
    for step in plan(list(people.items()), accounts).steps:
        given = {**step.values, "access": step.kind != "deactivated", "shadow_id": step.shadow_id}
        new = replace(step.account or account(id=f"acc-{step.shadow_id}"), **given)
        accounts = [a for a in accounts if a.id != new.id] + [new]
    assert plan(list(people.items()), accounts).steps == []
