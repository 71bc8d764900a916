"""IPSIE AL SCIM profile section 4: authentication, the documents that it builds on, bulk, and multi-attribute PATCH."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.discovery_documents import CONFIG, SCHEMAS, TYPES, config, objects
from conformance.topics.interop_rules import broken_rules
from conformance.topics.samples import replaced
from simulator.wording import counted

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
OPEN_DOOR = "Anyone on the network can read the company's users or deactivate them."
WITHOUT = {
    "no token": None,
    "a wrong token": "Bearer scimulator-wrong-Qz7vXw93KdLm26Rb",
    "Basic": "Basic c2NpbXVsYXRvcjp3cm9uZw==",
}


@pytest.mark.parametrize("value", list(WITHOUT.values()), ids=list(WITHOUT))
@requirement("IPSIE-ALL-4.1-01", level="lie", consequence=OPEN_DOOR, fix="Require a token at every endpoint.")
def test_ipsie_reads_need_a_token(scim: Session, value: str | None) -> None:
    """GET of every resource endpoint without a valid token must be rejected with 401 and a SCIM error."""
    for name in scim.target.type_names():
        answer = scim.client.send("GET", scim.target.need_type(name), headers={"Authorization": value})
        expect.scim_error(answer, 401)
    if value is None:
        answers = [scim.client.send("GET", path, headers={"Authorization": None}) for path in (CONFIG, SCHEMAS, TYPES)]
        scim.note(
            f"the server responds to discovery without a token with {', '.join(str(answer.status) for answer in answers)}"
        )


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@requirement("IPSIE-ALL-4.1-01", level="lie", consequence=OPEN_DOOR, fix="Require a token at every endpoint.")
def test_ipsie_writes_need_a_token(scim: Session, method: str) -> None:
    """A write with a wrong token must be rejected with 401 and a SCIM error, and must change nothing."""
    user = scim.new_user(displayName="Stays")
    body: Any = None if method == "DELETE" else scim.user_body()
    if method == "PATCH":
        body = {"schemas": [PATCH_URN], "Operations": [replaced("Changed")]}
    path = scim.users if method == "POST" else scim.path_of(user)
    answer = scim.client.send(method, path, body, headers={"Authorization": WITHOUT["a wrong token"]})
    scim.remember(answer)
    expect.unchanged(scim, user)
    expect.scim_error(answer, 401)


@requirement("IPSIE-ALL-4.2-01", consequence="The application cannot claim the level.")
def test_ipsie_interoperability_profile_is_kept(scim: Session) -> None:
    """The server must pass a short test of the interoperability profile; `--profile interop` runs the whole test."""
    broken = broken_rules(scim)
    if broken:
        raise Finding(
            f"the server breaks {counted(len(broken), 'rule')} of the interoperability profile",
            "none",
            "; ".join(broken),
        )


@requirement("IPSIE-ALL-4.2-03", consequence="The application cannot claim the level.")
def test_ipsie_functions_of_the_rfc_are_there(scim: Session) -> None:
    """Discovery, create, read, list, replace, and delete must work as RFC 7644 defines them (`--profile rfc` tests more)."""
    for path in (CONFIG, SCHEMAS, TYPES):
        expect.status(scim.get(path), 200)
    body = scim.user_body()
    user = expect.status(scim.post(scim.users, body), 201).json
    path = scim.path_of(user)
    expect.equal(expect.status(scim.get(path), 200)["id"], user["id"], "id")
    expect.listing(scim.get(scim.users, count=1))
    expect.equal(expect.status(scim.put(path, body), 200)["id"], user["id"], "id after PUT")
    expect.status(scim.delete(path), 204)
    expect.status(scim.get(path), 404)


@requirement(
    "IPSIE-ALL-4.3-04",
    consequence="A reorganization that affects thousands of users takes hours.",
    fix="Support bulk requests.",
)
def test_ipsie_bulk_is_supported(scim: Session) -> None:
    """`bulk.supported` must be true with limits, and one bulk request must create, change, and delete."""
    held = config(scim).get("bulk")
    bulk: dict[str, Any] = held if isinstance(held, dict) else {}
    expect.equal(bulk.get("supported"), True, "bulk.supported")
    for name in ("maxOperations", "maxPayloadSize"):
        if not isinstance(bulk.get(name), int) or bulk[name] < 1:
            raise Finding(f"bulk.{name} is not a positive integer", "1 or more", json_of(bulk.get(name)))
    changed, deleted = scim.new_user(displayName="Before"), scim.new_user()
    patch = {"schemas": [PATCH_URN], "Operations": [replaced("After")]}
    operations = [
        {"method": "POST", "path": scim.users, "bulkId": "new", "data": scim.user_body()},
        {"method": "PATCH", "path": scim.path_of(changed), "data": patch},
        {"method": "DELETE", "path": scim.path_of(deleted)},
    ]
    answer = scim.client.send("POST", "/Bulk", {"schemas": [REQUEST_URN], "Operations": operations})
    results = objects(expect.status(answer, 200)["Operations"])
    for result in results:
        if str(result.get("status")) == "201":
            scim.remember_url(str(result.get("location")))
    expect.equal(
        [str(result.get("status"))[:1] for result in results],
        ["2", "2", "2"],
        "the first digits of the operations' statuses",
    )
    expect.holds(scim.read(changed), displayName="After")
    expect.status(scim.get(scim.path_of(deleted)), 404)


@requirement("IPSIE-ALL-4.3-05", level="lie", consequence="A user who changes jobs keeps half of the old data.")
def test_ipsie_one_patch_changes_several_attributes(scim: Session) -> None:
    """One PATCH with three operations on three paths must store all three values."""
    user = scim.new_user(displayName="Old", active=True, externalId=scim.name())
    new = {"displayName": "New", "active": False, "externalId": scim.name()}
    expect.written(scim.patch(scim.path_of(user), *[replaced(value, path) for path, value in new.items()]))
    expect.holds(scim.read(user), **new)
