"""Entra's requests, byte for byte, in both dialects (docs/notes/entra.md 3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.provisioning.request import Request

D0, D1 = WireShape(), WireShape(Dialect.AAD_OPT_SCIM_062020)


PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'


MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


CHANGES = [
    AttributeChange("displayName", "Pvlo", True),
    AttributeChange('emails[type eq "work"].value', "x@y", True),
    AttributeChange("name.givenName", "G", True),
    AttributeChange(DEPARTMENT, "Retail", False),
]


def wire(request: Request) -> str:
    body = "" if request.body is None else " " + json.dumps(request.body, separators=(",", ":"), ensure_ascii=False)
    return f"{request.method} {request.path}{body}"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # docs/notes/entra.md 1.1: spaces as +, quotes as %22, @ as %40
        (requests.probe_user("cf4d78e8"), "GET /Users?filter=userName+eq+%22cf4d78e8%22"),
        (requests.probe_group("cf4d"), "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22cf4d%22"),
        (
            requests.match_user("userName", "alice@contoso.com"),
            "GET /Users?filter=userName+eq+%22alice%40contoso.com%22",
        ),
        (
            requests.match_user('emails[type eq "work"].value', "a@b"),
            "GET /Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22a%40b%22",
        ),
        (
            requests.match_user("userName", 'a"b\\c&d#e+f'),
            "GET /Users?filter=userName+eq+%22a%5C%22b%5C%5Cc%26d%23e%2Bf%22",
        ),
        (requests.read_user("7"), "GET /Users/7"),
        (requests.read_group("7"), "GET /Groups/7?excludedAttributes=members"),
        (requests.read_user("a b/ü?#"), "GET /Users/a%20b%2F%C3%BC%3F%23"),  # an id is opaque (RFC 7643 3.1)
        (requests.delete_user("u@x.example:1"), "DELETE /Users/u@x.example:1"),
        # 3.3: D0 one operation with path per attribute, Add where the target has none
        (
            requests.update_user("7", CHANGES, D0),
            f"PATCH /Users/7 {PATCH}"
            '[{"op":"Replace","path":"displayName","value":"Pvlo"},'
            '{"op":"Replace","path":"emails[type eq \\"work\\"].value","value":"x@y"},'
            '{"op":"Replace","path":"name.givenName","value":"G"},'
            f'{{"op":"Add","path":"{DEPARTMENT}","value":"Retail"}}]}}',
        ),
        # 3.3: D1 filtered paths as operations, the rest in path-less ones
        (
            requests.update_user("7", CHANGES, D1),
            f"PATCH /Users/7 {PATCH}"
            '[{"op":"replace","path":"emails[type eq \\"work\\"].value","value":"x@y"},'
            f'{{"op":"add","path":"{DEPARTMENT}","value":"Retail"}},'
            '{"op":"replace","value":{"displayName":"Pvlo","name.givenName":"G"}}]}',
        ),
        (
            requests.update_user(
                "7", [AttributeChange("title", "T", False), AttributeChange(DEPARTMENT, "R", False)], D1
            ),
            f'PATCH /Users/7 {PATCH}[{{"op":"add","value":{{"title":"T","{DEPARTMENT}":"R"}}}}]}}',
        ),
        # 3.4: text in D0, a boolean in D1
        (
            requests.disable_user("7", D0),
            f'PATCH /Users/7 {PATCH}[{{"op":"Replace","path":"active","value":"False"}}]}}',
        ),
        (requests.disable_user("7", D1), f'PATCH /Users/7 {PATCH}[{{"op":"replace","path":"active","value":false}}]}}'),
        (requests.enable_user("7", D0), f'PATCH /Users/7 {PATCH}[{{"op":"Replace","path":"active","value":"True"}}]}}'),
        (requests.delete_user("7"), "DELETE /Users/7"),
        # 3.6: the manager as a bare id
        (
            requests.set_manager("7", "8", D0, exists=False),
            f'PATCH /Users/7 {PATCH}[{{"op":"Add","path":"{MANAGER}","value":"8"}}]}}',
        ),
        (
            requests.set_manager("7", "8", D1, exists=True),
            f'PATCH /Users/7 {PATCH}[{{"op":"replace","path":"{MANAGER}","value":"8"}}]}}',
        ),
        (requests.remove_manager("7", D0), f'PATCH /Users/7 {PATCH}[{{"op":"Remove","path":"{MANAGER}"}}]}}'),
        (
            requests.remove_manager("7", D1),
            f'PATCH /Users/7 {PATCH}[{{"op":"replace","path":"{MANAGER}","value":""}}]}}',
        ),
        # 3.7: groups without members, one member a PATCH
        (
            requests.create_group({"displayName": "Sales", "externalId": "o1"}),
            'POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"o1","displayName":"Sales","meta":{"resourceType":"Group"}}',
        ),
        (
            requests.update_group("7", [AttributeChange("displayName", "New", True)], D0),
            f'PATCH /Groups/7 {PATCH}[{{"op":"Replace","path":"displayName","value":"New"}}]}}',
        ),
        (
            requests.update_group("7", [AttributeChange("displayName", "New", True)], D1),
            f'PATCH /Groups/7 {PATCH}[{{"op":"replace","path":"displayName","value":"New"}}]}}',
        ),
        (
            requests.add_members("7", ["8"], D0),
            f'PATCH /Groups/7 {PATCH}[{{"op":"Add","path":"members","value":[{{"value":"8"}}]}}]}}',
        ),
        (
            requests.add_members("7", ["8"], D1),
            f'PATCH /Groups/7 {PATCH}[{{"op":"add","path":"members","value":[{{"value":"8"}}]}}]}}',
        ),
        (
            requests.remove_members("7", ["8"], D0),
            f'PATCH /Groups/7 {PATCH}[{{"op":"Remove","path":"members","value":[{{"value":"8"}}]}}]}}',
        ),
        (
            requests.remove_members("7", ["8"], D1),
            f'PATCH /Groups/7 {PATCH}[{{"op":"remove","path":"members[value eq \\"8\\"]"}}]}}',
        ),
        (requests.delete_group("7"), "DELETE /Groups/7"),
    ],
    ids=lambda value: value.operation if isinstance(value, Request) else "",
)
def test_request_on_the_wire(request_: Request, expected: str) -> None:
    assert wire(request_) == expected


def test_create_has_the_key_order_of_entras_sample() -> None:
    values = {
        "userName": "alice@contoso.com",
        "active": True,
        "title": "T",
        'emails[type eq "work"].value': "alice@contoso.com",
        "name.givenName": "Alice",
        'addresses[type eq "work"].country': "NO",
        'phoneNumbers[type eq "work"].value': "1",
        'phoneNumbers[type eq "mobile"].value': "2",
        "externalId": "alice",
        DEPARTMENT: "Sales",
    }
    assert wire(requests.create_user(values)) == (
        'POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],'
        '"externalId":"alice","userName":"alice@contoso.com","active":true,'
        '"emails":[{"primary":true,"type":"work","value":"alice@contoso.com"}],"meta":{"resourceType":"User"},"name":{"givenName":"Alice"},"roles":[],'
        '"title":"T","addresses":[{"primary":false,"type":"work","country":"NO"}],'
        '"phoneNumbers":[{"primary":true,"type":"work","value":"1"},{"primary":false,"type":"mobile","value":"2"}],'
        '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"}}'
    )


CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize(
    ("values", "shape", "members"),
    [
        # SCIM, "Create User": an empty list of roles
        ({"userName": "a"}, WireShape(), {"userName": "a", "roles": []}),
        ({"userName": "a"}, WireShape(empty_roles=False), {"userName": "a"}),
        (
            {'roles[primary eq "True"].value': "Admin"},  # CUST's sample of SingleAppRoleAssignment
            WireShape(),
            {"roles": [{"primary": True, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}]},
        ),
        ({"roles[primary eq true].value": "x"}, WireShape(), {"roles": [{
            "primary": True, "type": "WindowsAzureActiveDirectoryRole", "value": "x"}]}),
        # zulip/zulip#39773: never at the top level
        ({f"{CORE}:role": "owner"}, WireShape(), {"roles": [], CORE: {"role": "owner"}}),
    ],
)  # fmt: skip
def test_members_of_a_create(values: dict[str, Any], shape: WireShape, members: dict[str, Any]) -> None:
    body = requests.create_user(values, shape).body
    assert body is not None
    assert {name: value for name, value in body.items() if name not in ("schemas", "meta")} == members


@pytest.mark.parametrize(
    ("path", "flagged"),
    [("/Users", "/Users?aadOptscim062020"), ("/Users?filter=x", "/Users?aadOptscim062020&filter=x")],
)
def test_flag_is_carried_in_the_url(path: str, flagged: str) -> None:
    assert requests.with_flag(path, D1.dialect) == flagged
    assert requests.with_flag(path, D0.dialect) == path
