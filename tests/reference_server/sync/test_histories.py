"""The sync over whole histories: incremental equals full, twice equals once, and no account is duplicated or taken over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_server.clock import VirtualClock
from reference_server.sync.plan import email_of
from tests.in_process import House, house, run
from tests.reference_server.support import person, set_email
from tests.support import MONDAY

NAMES = st.sampled_from(["ada", "bob", "cy", "di"])


EMAILS = st.sampled_from(["a@x.com", "A@x.com", "b@x.com", "c@x.com"])


GROUPS = st.sampled_from(["Sales", "Legal", "All"])


MAPPINGS: list[Any] = [
    None,
    {"Sales": {"roles": ["seller"]}},
    {"Sales": {"roles": ["seller"], "sites": ["Oslo"]}, "All": {"boards": ["News"]}},
]


EVENTS = st.one_of(
    st.tuples(st.just("create"), NAMES, EMAILS),
    st.tuples(st.just("email"), NAMES, EMAILS),
    st.tuples(st.just("active"), NAMES, st.booleans()),
    st.tuples(st.just("name"), NAMES, st.sampled_from(["X", "Y"])),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("join"), NAMES, GROUPS),
    st.tuples(st.just("leave"), NAMES, GROUPS),
    st.tuples(st.just("nest"), GROUPS, GROUPS),
    st.tuples(st.just("rename"), GROUPS, st.sampled_from(["Sales", "Legal", "All", "Other"])),
    st.tuples(st.just("mapping"), st.sampled_from(MAPPINGS), st.none()),
    st.tuples(st.just("sync"), st.none(), st.none()),
    st.tuples(st.just("tick"), st.none(), st.none()),
)


HISTORIES = st.lists(EVENTS, min_size=1, max_size=25)


class Story:
    """Carries events out on a house, by names that stay the same whatever ids the server makes."""

    def __init__(self, at: House, *, full: bool) -> None:
        self.at = at
        self.full = full
        self.people: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.who: dict[str, str] = {}  # shadow id → name and number, for comparing with another house

    async def begin(self) -> None:
        for name in ("Sales", "Legal", "All"):
            self.groups[name] = (await self.at.group(name))["id"]
        for name, email in (("ada", "a@x.com"), ("bob", "b@x.com"), ("cy", "A@x.com")):
            await self.event("create", name, email)
        await self.event("join", "ada", "Sales")
        await self.sync()

    async def event(self, kind: str, one: Any, other: Any) -> None:
        person = self.people.get(one) if isinstance(one, str) else None
        if kind == "create" and person is None:
            made = await self.at.user(userName=f"{one}@x", emails=[{"value": other, "type": "work"}])
            self.people[one] = made["id"]
            self.who[made["id"]] = f"{one} {len(self.who)}"
        elif kind in ("email", "active", "name") and person:
            operation = {
                "email": {"op": "replace", "path": 'emails[type eq "work"].value', "value": other},
                "active": {"op": "replace", "path": "active", "value": other},
                "name": {"op": "replace", "path": "displayName", "value": other},
            }[kind]
            assert await self.at.patch(f"/Users/{person}", operation) == 200
        elif kind == "delete" and person:
            assert (await self.at.scim("DELETE", f"/Users/{person}"))[0] == 204
            del self.people[one]
        elif kind == "join" and person:
            await self.at.patch(
                f"/Groups/{self.groups[other]}", {"op": "add", "path": "members", "value": [{"value": person}]}
            )
        elif kind == "leave" and person:
            await self.at.patch(
                f"/Groups/{self.groups[other]}", {"op": "remove", "path": f'members[value eq "{person}"]'}
            )
        elif kind == "nest" and one != other:
            inner = [{"value": self.groups[other]}]
            await self.at.patch(f"/Groups/{self.groups[one]}", {"op": "add", "path": "members", "value": inner})
        elif kind == "rename":
            await self.at.patch(f"/Groups/{self.groups[one]}", {"op": "replace", "path": "displayName", "value": other})
        elif kind == "mapping":
            await self.at.actions.change_connection(self.at.connection_id, {"group_mappings": one})
        elif kind == "sync":
            await self.sync()
        elif kind == "tick":
            clock = self.at.clock
            assert isinstance(clock, VirtualClock)
            clock.set(clock.now() + timedelta(minutes=15))
            await self.at.scheduler.run_due()

    async def sync(self) -> dict[str, Any]:
        if self.full:
            self.forget_watermark()
        return await self.at.sync()

    def forget_watermark(self) -> None:
        """What a full run from scratch begins with."""
        connections = self.at.service.connections
        held = connections._find(self.at.connection_id)
        whole = replace(held.connection, watermark=0)
        connections._at_hand[self.at.connection_id] = held._replace(connection=whole)

    def state(self) -> list[Any]:
        names = ("email", "user_name", "display_name", "status", "access", "roles", "sites", "boards")
        return sorted(
            (str(self.who.get(str(a.shadow_id))), *(getattr(a, name) for name in names)) for a in self.at.accounts()
        )

    def check(self) -> None:
        """What holds after every run, whatever came before."""
        accounts = self.at.accounts()
        emails = [a.email.casefold() for a in accounts if a.email]
        assert len(emails) == len(set(emails)), "an address is there twice"
        links = [a.shadow_id for a in accounts]
        assert len(links) == len(set(links)), "somebody has two accounts"
        claimed = {row["shadow_id"] for row in self.at.service.runner.pending.conflicts(self.at.connection_id)}
        scope = self.at.service.shadow.scope(self.at.connection_id, self.at.connection.tenant_id)
        for record in scope.resources["User"]:
            account = self.at.service.accounts.linked(self.at.connection_id, record["id"])
            active = record["resource"].get("active") is not False
            if active and record["id"] not in claimed:
                assert account is not None
                assert account.access
                assert account.email.casefold() == email_of(record["resource"]).casefold()
            if not active and account is not None:
                assert (account.status, account.access) == ("inactive", False)


async def live(history: list[Any]) -> None:
    with house(VirtualClock(MONDAY)) as one, house(VirtualClock(MONDAY)) as other:
        incremental, full = Story(one, full=False), Story(other, full=True)
        for story in (incremental, full):
            await story.begin()
            for event in history:
                await story.event(*event)
            await story.sync()
            story.check()
        assert incremental.state() == full.state()
        incremental.forget_watermark()
        before = incremental.state()
        again = await incremental.at.sync()
        adopted = again["updated"]  # an adopted account gets its user name in the run after its adoption
        assert {**again, "updated": 0, "id": "", "started_at": "", "ended_at": ""}["conflicts"] == []
        assert adopted or incremental.state() == before
        incremental.forget_watermark()
        last = await incremental.at.sync()
        assert [last[kind] for kind in ("created", "adopted", "updated", "reactivated", "deactivated")] == [0] * 5
        assert await one.actions.verify_audit() is None


def test_a_conflict_whose_claimant_is_adopted_is_not_reported_again() -> None:
    takes_over = [
        ("delete", "ada", None),
        ("delete", "bob", None),
        ("create", "ada", "b@x.com"),
        ("email", "cy", "b@x.com"),
    ]
    asyncio.run(live(takes_over))


@given(history=HISTORIES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_incremental_runs_leave_what_full_runs_leave(history: list[Any]) -> None:
    asyncio.run(live(history))


@pytest.mark.full
@given(history=HISTORIES)
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_incremental_runs_leave_what_full_runs_leave_at_length(history: list[Any]) -> None:
    asyncio.run(live(history))


@given(
    order=st.permutations(range(6)),
    kinds=st.lists(st.sampled_from(["email", "active", "name", "delete"]), min_size=6, max_size=6),
)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_order_of_changes_to_different_people_does_not_matter(order: list[int], kinds: list[str]) -> None:
    async def live_in(sequence: list[int]) -> list[Any]:
        with house(VirtualClock(MONDAY)) as at_:
            ids = [await person(at_, f"p{n}", f"p{n}@x.com") for n in range(6)]
            await at_.sync()
            for n in sequence:
                if kinds[n] == "delete":
                    await at_.scim("DELETE", f"/Users/{ids[n]}")
                elif kinds[n] == "email":
                    await set_email(at_, ids[n], f"new{n}@x.com")
                else:
                    value: Any = f"Name {n}" if kinds[n] == "name" else False
                    path = "displayName" if kinds[n] == "name" else "active"
                    await at_.patch(f"/Users/{ids[n]}", {"op": "replace", "path": path, "value": value})
            await at_.sync()
            names = ("email", "user_name", "display_name", "status", "access")
            return sorted(tuple(getattr(a, name) for name in names) for a in at_.accounts())

    assert asyncio.run(live_in(list(range(6)))) == asyncio.run(live_in(list(order)))


def email_by_shadow(at: House) -> dict[str, str]:
    return {str(a.shadow_id): a.email for a in at.accounts()}


@pytest.mark.parametrize("people", [2, 3, 7])
def test_people_who_swap_addresses_in_a_circle_all_get_them(at: House, people: int) -> None:
    async def story() -> None:
        ids = [await person(at, f"p{n}", f"p{n}@x.com") for n in range(people)]
        await at.sync()
        for n, id_ in enumerate(ids):
            await set_email(at, id_, f"p{(n + 1) % people}@x.com")
        run_ = await at.sync()
        assert (run_["updated"], run_["conflicts"]) == (people, [])
        assert email_by_shadow(at) == {id_: f"p{(n + 1) % people}@x.com" for n, id_ in enumerate(ids)}

    run(story())


def test_newcomer_gets_the_address_that_someone_gives_up_in_the_same_run(at: House) -> None:
    async def story() -> None:
        old = await person(at, "old", "anna@x.com")
        await at.sync()
        new = await person(at, "new", "anna@x.com")
        await set_email(at, old, "anna.berg@x.com")
        run_ = await at.sync()
        assert (run_["updated"], run_["created"], run_["conflicts"]) == (1, 1, [])
        assert email_by_shadow(at) == {old: "anna.berg@x.com", new: "anna@x.com"}

    run(story())


def test_adopted_account_keeps_email_and_user_name_in_that_run(at: House) -> None:
    async def story() -> None:
        tenant = at.connection.tenant_id
        local = await at.actions.create_account(tenant, "Ada@x.com", "Ada", protected=False)
        await person(at, "ada.lovelace", "ada@x.com", displayName="Ada L.")
        assert (await at.sync())["adopted"] == 1
        account = at.accounts()[0]
        held = (account.id, account.email, account.user_name, account.display_name)
        assert held == (local.id, "Ada@x.com", "Ada@x.com", "Ada L.")
        assert (await at.sync())["updated"] == 1
        assert at.accounts()[0].user_name == "ada.lovelace"
        assert (await at.sync())["updated"] == 0

    run(story())


def test_protected_account_is_never_adopted(at: House) -> None:
    async def story() -> None:
        local = await at.actions.create_account(at.connection.tenant_id, "root@x.com", "Root", protected=True)
        shadow = await person(at, "root", "root@x.com")
        run_ = await at.sync()
        assert run_["conflicts"] == [{"shadow_id": shadow, "claimed_by": local.id, "email": "root@x.com"}]
        assert at.accounts()[0].shadow_id is None

    run(story())


def test_another_tenant_s_account_is_never_adopted(at: House) -> None:
    async def story() -> None:
        other = await at.actions.create_tenant("Other", "free", False)
        await at.actions.create_account(other.id, "ada@x.com", "Ada", protected=False)
        await person(at, "ada", "ada@x.com")
        assert (await at.sync())["created"] == 1

    run(story())


def test_person_of_another_connection_is_never_taken_over_and_orphans_are(at: House) -> None:
    async def story() -> None:
        first_connection = at.connection_id
        first = await person(at, "ada", "ada@x.com")
        await at.sync()
        at.connection_id = (await at.actions.create_connection(at.connection.tenant_id))[0].id
        shadow = at.service.shadow
        scope, users = (
            shadow.scope(at.connection_id, at.connection.tenant_id),
            shadow.types.by_name["User"],
        )
        second = {"userName": "ada2", "emails": [{"value": "ada@x.com"}], "schemas": [], "active": True}
        record = shadow.create(scope, users, second)
        assert record is not None
        run_ = await at.sync()
        assert [(c["shadow_id"], c["claimed_by"]) for c in run_["conflicts"]] == [(record["id"], first)]
        await at.actions.delete_connection(first_connection)
        assert [a.email for a in at.service.orphans(at.accounts())] == ["ada@x.com"]
        assert (await at.sync())["adopted"] == 1

    run(story())


def test_external_id_never_leads_to_an_account(at: House) -> None:
    """CVE-2025-41115: a numeric externalId was taken for the internal id of an account."""

    async def story() -> None:
        local = await at.actions.create_account(at.connection.tenant_id, "admin@x.com", "Admin", protected=False)
        await person(at, "eve", "eve@x.com", externalId=local.id)
        assert (await at.sync())["created"] == 1
        found = at.service.accounts.get(local.id)
        assert found is not None
        assert found.shadow_id is None

    run(story())


def test_run_that_changes_nothing_writes_nothing(at: House) -> None:
    async def story() -> None:
        id_ = await person(at, "ada", "ada@x.com")
        await person(at, "bob", "ada@x.com")
        await at.sync()
        await at.patch(f"/Users/{id_}", {"op": "replace", "path": "title", "value": "no account has one"})
        events, head = len(at.service.audit.table), at.service.audit.head
        for _ in range(3):
            await at.sync()
        assert (len(at.service.audit.table), at.service.audit.head) == (events, head)
        assert at.service.runner.run_count(at.connection_id) == 1

    run(story())
