"""A fingerprint depends on what was sent and in which order, not on the ids or the address of a target."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from simulator.entra.requests import Dialect, WireShape, remove_members
from simulator.profiles.profile import load_profile
from simulator.profiles.requests import patch_members
from simulator.provisioning.request import Request, patch
from simulator.wire.exchange import Exchange, LocalAnswer
from simulator.wire.fingerprint import Fingerprint

AT = datetime(2026, 3, 2, tzinfo=UTC)
OPTIMISED = WireShape(Dialect.AAD_OPT_SCIM_062020)
# The fix changes the hashes that tests/simulator/request_hashes.csv records, so it belongs to a change of its own.
KNOWN_BUG = pytest.mark.xfail(strict=True, reason="ids are replaced as text, so short ones match other text as well")
Sent = tuple[Request, dict[str, str], Any]


def create(kind: str, owner: str, id_: str) -> Sent:
    request = Request("POST", f"/{kind.capitalize()}s", {"displayName": owner}, f"create {kind}")
    return request, {"person" if kind == "user" else "group": owner}, {"id": id_}


def life(user: str, group: str, title: str = "Clerk") -> list[Sent]:
    """A user and a group, by the ids that a target gives them; the user moves, joins, and leaves."""
    set_title = patch([{"op": "Replace", "path": "title", "value": title}])
    join = patch([{"op": "Add", "path": "members", "value": [{"value": user}]}])
    return [
        create("user", "anna", user),
        create("group", "sales", group),
        (Request("PATCH", f"/Users/{user}", set_title, "update user"), {"person": "anna"}, None),
        (Request("PATCH", f"/Groups/{group}", join, "add member"), {"group": "sales"}, None),
        (Request("GET", f"/Groups/{group}?excludedAttributes=members", None, "read group"), {"group": "sales"}, None),
    ]


def fingerprint(sent: list[Sent], base_url: str = "http://target/scim") -> Fingerprint:
    found = Fingerprint(base_url)
    for request, cause, answer in sent:
        found.add(
            Exchange.never_sent(request, base_url.rstrip("/"), LocalAnswer(200, answer), virtual_at=AT, cause=cause)
        )
    return found


@pytest.mark.parametrize(
    ("user", "group"),
    [
        ("d3b0-11", "77ce-12"),
        ("anna@contoso.com", "sales"),
        pytest.param("1", "2", marks=KNOWN_BUG),  # digits that other parts of a request hold as well: PatchOp 2.0
    ],
)
def test_other_ids_give_the_same_fingerprint(user: str, group: str) -> None:
    wanted = fingerprint(life("u-17", "g-18")).hexdigest()
    assert len(wanted) == 16
    assert fingerprint(life(user, group)).hexdigest() == wanted


@pytest.mark.parametrize(
    "remove",
    [
        lambda group, user: remove_members(group, [user]),
        lambda group, user: remove_members(group, [user], OPTIMISED),
        lambda group, user: patch_members(load_profile("okta"), group, {}, [user]),
    ],
    ids=["default dialect", "aadOptscim062020", "Okta"],
)
def test_ids_in_the_filter_of_a_path_do_not_count_either(remove: Any) -> None:
    def hashed(user: str, group: str) -> str:
        return fingerprint([*life(user, group), (remove(group, user), {"group": "sales"}, None)]).hexdigest()

    assert hashed("u-17", "g-18") == hashed("d3b0", "77ce")


def test_the_address_of_the_target_does_not_count() -> None:
    wanted = fingerprint(life("u", "g")).hexdigest()
    for base_url in ("https://other.example/scim/v2", "https://other.example/scim/v2/"):
        assert fingerprint(life("u", "g"), base_url).hexdigest() == wanted


def test_content_and_order_count() -> None:
    sent = life("u-17", "g-18")
    different = [life("u-17", "g-18", title="Lead"), [*sent[:2], *sent[:1:-1]], sent[:-1]]
    assert len({fingerprint(one).hexdigest() for one in [sent, *different]}) == 4


@pytest.mark.parametrize("operation", ["create user", "match user"])
def test_the_person_behind_an_id_is_known(operation: str) -> None:
    answer = orjson.loads(b'{"totalResults": 1, "Resources": [{"id": "u-17"}, {"id": ""}, 7]}')
    if operation == "create user":
        answer = {"id": "u-17"}
    found = fingerprint([(Request("GET", "/Users", None, operation), {"person": "anna"}, answer)])
    assert found.owner("u-17") == "anna"
    assert found.owner("u-18") is None


def test_a_response_without_a_resource_adds_no_owner() -> None:
    answers: list[Any] = [None, [], "text", {"id": 7}, {"Resources": "none"}]
    for answer in answers:
        found = fingerprint([(Request("POST", "/Users", {}, "create user"), {"person": "anna"}, answer)])
        assert found.owner("7") is None
