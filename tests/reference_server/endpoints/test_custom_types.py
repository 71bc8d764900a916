"""JSON files in `DATA/schemas/` become resource types and extensions with everything that Users have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from tests.reference_server.device_schema import DEVICE, DEVICE_SCHEMA, DEVICE_TYPE, attribute, drop
from tests.support import NUMBERS, USER, Scim

BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"


BADGE_SCHEMA = {"id": BADGE, "name": "Badge", "attributes": [attribute("colour"), attribute("level", "integer")]}


USER_TYPE = {
    "name": "User",
    "endpoint": "/Users",
    "schema": USER,
    "schemaExtensions": [{"schema": BADGE, "required": False}],
    "indexes": ["userName", "externalId"],
}


@pytest.fixture(scope="module")
def scim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scim]:
    folder = drop(
        tmp_path_factory.mktemp("custom"),
        device={"Resources": [DEVICE_SCHEMA, DEVICE_TYPE]},
        badge=[BADGE_SCHEMA, USER_TYPE],
    )
    with embedded_server(data=folder) as server:
        yield Scim(server)


@pytest.fixture
def device(scim: Scim) -> dict[str, Any]:
    body = {"schemas": [DEVICE], "serialNumber": f"SN-{next(NUMBERS)}", "model": "T14"}
    made: dict[str, Any] = scim.request("POST", "/Devices", body).json
    return made


def test_discovery_shows_it(scim: Scim) -> None:
    assert scim.get("/ResourceTypes/Device").json["schema"] == DEVICE
    shown = scim.get(f"/Schemas/{DEVICE}").json
    assert [held["name"] for held in shown["attributes"]] == [held["name"] for held in DEVICE_SCHEMA["attributes"]]  # type: ignore[index]
    assert scim.get("/ResourceTypes").json["totalResults"] == 3


def test_life_of_a_device(scim: Scim, device: dict[str, Any]) -> None:
    path = f"/Devices/{device['id']}"
    assert device["meta"]["resourceType"] == "Device"
    assert device["meta"]["location"].endswith(path)
    assert scim.patch(path, {"op": "add", "path": "ports", "value": 4}).status == 204
    assert scim.get(path).json["ports"] == 4
    replaced = scim.request("PUT", path, {"schemas": [DEVICE], "serialNumber": device["serialNumber"], "model": "X1"})
    assert (replaced.json["model"], "ports" in replaced.json) == ("X1", False)
    assert scim.request("DELETE", path).status == 204
    assert scim.get(path).status == 404


@pytest.mark.parametrize(
    ("change", "status", "scim_type"),
    [
        ({"serialNumber": None}, 400, "invalidValue"),
        ({"ports": "four"}, 400, "invalidValue"),
        ({"ports": 4.5}, 400, "invalidValue"),
        ({"price": "cheap"}, 400, "invalidValue"),
        ({"encrypted": "perhaps"}, 400, "invalidValue"),
        ({"bought": "yesterday"}, 400, "invalidValue"),
        ({"certificate": "%%%"}, 400, "invalidValue"),
        ({"owner": {"value": "nobody"}}, 201, ""),
        ({"sharedBy": [{"value": "nobody"}]}, 400, "invalidValue"),
        ({"slots": [{"value": "1", "primary": True}, {"value": "2", "primary": True}]}, 400, "invalidValue"),
    ],
)
def test_types_are_checked(scim: Scim, change: dict[str, Any], status: int, scim_type: str) -> None:
    reply = scim.request("POST", "/Devices", {"schemas": [DEVICE], "serialNumber": f"SN-{next(NUMBERS)}", **change})
    assert (reply.status, reply.json.get("scimType", "")) == (status, scim_type)


def test_uniqueness_follows_case_exact(scim: Scim, device: dict[str, Any]) -> None:
    def post(**attributes: Any) -> int:
        return scim.request("POST", "/Devices", {"schemas": [DEVICE], **attributes}).status

    host = f"host{next(NUMBERS)}"
    assert post(serialNumber=device["serialNumber"]) == 409
    assert post(serialNumber=device["serialNumber"].lower(), hostName=host) == 201
    assert post(serialNumber=f"{device['serialNumber']}-b", hostName=host.upper()) == 409


def test_filters_know_the_types(scim: Scim) -> None:
    mark = f"mark{next(NUMBERS)}-"
    made = [
        scim.request("POST", "/Devices", {"schemas": [DEVICE], "serialNumber": f"{mark}-{number}", **attributes}).json[
            "id"
        ]
        for number, attributes in enumerate(
            [
                {"ports": 2, "encrypted": True, "bought": "2026-01-01T00:00:00+01:00", "labels": ["Red", "blue"]},
                {"ports": 10, "encrypted": False, "bought": "2025-12-31T23:30:00Z", "price": 9.5},
            ]
        )
    ]
    for condition, expected in {
        "ports gt 9": [1],
        "ports lt 9": [0],
        "encrypted eq false": [1],
        'bought lt "2025-12-31T23:15:00Z"': [0],
        'labels eq "red"': [0],
        "price ge 9.5": [1],
        "not (price pr)": [0],
        'serialNumber eq "MARK"': [],
    }.items():
        found = scim.request(
            "POST", "/Devices/.search", {"filter": f'serialNumber sw "{mark}" and {condition}', "schemas": []}
        ).json
        assert [resource["id"] for resource in found["Resources"]] == [made[at] for at in expected], condition


def test_mutability_and_returned(scim: Scim) -> None:
    body = {
        "schemas": [DEVICE],
        "serialNumber": f"SN-{next(NUMBERS)}",
        "assetTag": "A1",
        "pin": "1234",
        "firmware": "9",
    }
    made = scim.request("POST", "/Devices", {**body, "location": "Oslo", "model": "T14"}).json
    path = f"/Devices/{made['id']}"
    assert {"pin", "firmware"} & made.keys() == set()
    assert made["location"] == "Oslo"  # on request, or in the answer to who wrote it (RFC 7643 7)
    assert "location" not in scim.get(path).json
    assert scim.request("PUT", path, {**body, "location": "Bergen"}).json["location"] == "Bergen"
    assert "location" not in scim.request("PUT", path, {**body, "model": "T14"}).json
    assert scim.request("PUT", path, {**body, "location": "Oslo", "model": "T14"}).status == 200
    assert scim.get(f"{path}?attributes=location,pin").json.keys() == {"schemas", "id", "location", "model"}
    assert "model" in scim.get(f"{path}?excludedAttributes=model").json
    refused = scim.patch(path, {"op": "replace", "path": "assetTag", "value": "A2"})
    assert (refused.status, refused.json["scimType"]) == (400, "mutability")
    assert scim.patch(path, {"op": "replace", "path": "firmware", "value": "1"}).json["scimType"] == "mutability"
    assert scim.get('/Devices?filter=pin+eq+"1234"').status == 400


def test_references_and_relations_are_kept_true(scim: Scim, device: dict[str, Any]) -> None:
    owner, friend = scim.user(displayName="Ada"), scim.user()
    path = f"/Devices/{device['id']}"
    scim.patch(
        path,
        {"op": "add", "path": "owner", "value": {"value": owner["id"]}},
        {"op": "add", "path": "sharedBy", "value": [{"value": friend["id"]}, {"value": owner["id"]}]},
    )
    shown = scim.get(path).json
    assert shown["owner"] == {"value": owner["id"], "$ref": owner["meta"]["location"], "display": "Ada"}
    assert [held["value"] for held in shown["sharedBy"]] == [friend["id"], owner["id"]]
    scim.request("DELETE", f"/Users/{owner['id']}")
    left = scim.get(path).json
    assert "owner" not in left
    assert [held["value"] for held in left["sharedBy"]] == [friend["id"]]


def test_primary_moves_to_the_newest(scim: Scim, device: dict[str, Any]) -> None:
    path = f"/Devices/{device['id']}"
    scim.patch(path, {"op": "add", "path": "slots", "value": [{"value": "a", "primary": True}]})
    scim.patch(path, {"op": "add", "path": "slots", "value": [{"value": "b", "primary": True}]})
    slots = scim.get(path).json["slots"]
    assert [(slot["value"], slot.get("primary", False)) for slot in slots] == [("a", False), ("b", True)]


def test_bulk_search_paging_versions(scim: Scim, device: dict[str, Any]) -> None:
    path = f"/Devices/{device['id']}"
    operations = [
        {
            "method": "POST",
            "path": "/Devices",
            "bulkId": "d",
            "data": {"schemas": [DEVICE], "serialNumber": f"B{device['id']}"},
        },
        {"method": "DELETE", "path": "/Devices/bulkId:d"},
    ]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    assert [held["status"] for held in scim.request("POST", "/Bulk", bulk).json["Operations"]] == ["201", "204"]
    assert scim.get(path, headers={"If-None-Match": device["meta"]["version"]}).status == 304
    stale = scim.patch(path, {"op": "add", "path": "model", "value": "x"}, headers={"If-Match": 'W/"0"'})
    assert stale.status == 412
    at_root = scim.get(f'/?filter=meta.resourceType+eq+"Device"+and+id+eq+"{device["id"]}"').json
    assert [resource["id"] for resource in at_root["Resources"]] == [device["id"]]


def test_extension_of_a_built_in_type(scim: Scim) -> None:
    user = scim.user(**{BADGE: {"colour": "Blue", "level": 3}})
    assert user["schemas"] == [USER, BADGE]
    assert scim.get(f'/Users?filter={BADGE}:colour+eq+"blue"').json["totalResults"] == 1
    removed = scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": BADGE}).json
    assert (removed["schemas"], BADGE in removed) == ([USER], False)


def test_devices_do_not_disturb_the_sync(scim: Scim, device: dict[str, Any]) -> None:
    assert scim.admin("POST", "/connections/{connection}/sync").json["status"] == "finished"
    assert scim.get(f"/Devices/{device['id']}").status == 200
