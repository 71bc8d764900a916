"""Answers of flawed servers: each flaw is found, and what the RFC leaves open is a warning."""

from __future__ import annotations

import re

import pytest

from conformance.target.discovery import USER_URN
from reference_server.embedded import EmbeddedServer
from tests.conformance.fuzz.flawed_server import Change, KeepsTheDead, Seen, Serve, crashes_at_a_nick_name
from tests.conformance.fuzz.fuzz_runs import fuzz, listed


def no_flaw(seen: Seen) -> None:
    pass


def own_error_form(seen: Seen) -> None:
    if seen.status == 400:
        seen.told = {"error": "no"}


def status_as_number(seen: Seen) -> None:
    if seen.status >= 400:
        seen.told["status"] = seen.status


def text_html(seen: Seen) -> None:
    seen.headers["content-type"] = "text/html"


def plain_json(seen: Seen) -> None:
    seen.headers["content-type"] = "application/json; charset=utf-8"


def takes_read_only_values(seen: Seen) -> None:
    if seen.method == "PUT" and seen.status == 200 and "groups" in seen.sent:
        seen.told["groups"] = seen.sent["groups"]


def takes_the_id(seen: Seen) -> None:
    if seen.method == "POST" and seen.status == 201 and "id" in seen.sent:
        seen.told["id"] = seen.sent["id"]


def no_location(seen: Seen) -> None:
    seen.headers.pop("location", None)


def dead_location(seen: Seen) -> None:
    if seen.status == 201:
        seen.headers["location"] += "0"


def another_host(seen: Seen) -> None:
    if seen.status == 201:
        seen.headers["location"] = re.sub("^http://[^/]+", "https://internal.example", seen.headers["location"])


def returns_the_password(seen: Seen) -> None:
    if seen.status in (200, 201) and "password" in seen.sent:
        seen.told["password"] = seen.sent["password"]


def lists_without_schemas(seen: Seen) -> None:
    if seen.path.startswith("/Users?") and "attributes=" not in seen.path:
        for item in seen.resources:
            item.pop("schemas", None)


def active_as_text(seen: Seen) -> None:
    for item in seen.resources:
        if "active" in item:
            item["active"] = str(item["active"])


def one_object_for_a_list(seen: Seen) -> None:
    for item in seen.resources:
        if item.get("emails"):
            item["emails"] = item["emails"][0]


def creates_with_200(seen: Seen) -> None:
    seen.status = 200 if seen.status == 201 else seen.status


def made_without_body(seen: Seen) -> None:
    if seen.status == 201:
        seen.told = None


def deletes_with_200(seen: Seen) -> None:
    if seen.method == "DELETE" and seen.status == 204:
        seen.status, seen.headers, seen.told = 200, {"content-type": "application/scim+json"}, {"detail": "done"}


def patches_with_an_empty_200(seen: Seen) -> None:
    if seen.method == "PATCH" and seen.status in (200, 204):
        seen.status, seen.told = 200, None


def put_makes_anew(seen: Seen) -> None:
    if seen.method == "PUT" and seen.status == 404:
        seen.status, seen.told = 201, {"schemas": [USER_URN], "id": seen.path.rpartition("/")[2]}


def deletes_anything(seen: Seen) -> None:
    if seen.method == "DELETE" and seen.status == 404:
        seen.status, seen.headers, seen.told = 204, {}, None


def reads_another(seen: Seen) -> None:
    if seen.method == "GET" and seen.path.startswith("/Users/") and seen.resources:
        seen.told["id"] = "somebody-else"


def lists_without_total(seen: Seen) -> None:
    if isinstance(seen.told, dict):
        seen.told.pop("totalResults", None)


def ignores_count(seen: Seen) -> None:
    count = re.search("count=([0-9]{1,2})(&|$)", seen.path)
    if seen.method == "GET" and seen.path.startswith("/Users?") and seen.status == 200 and count:
        seen.told["Resources"] = [{"schemas": [USER_URN], "id": "x"}] * (int(count[1]) + 1)


def bulk_without_status(seen: Seen) -> None:
    if seen.path == "/Bulk" and seen.status == 200:
        for result in seen.told["Operations"]:
            result.pop("status")


FAILS: dict[str, tuple[str, Change, str]] = {
    "crashes at a nickName": ("create_user", crashes_at_a_nick_name, "the server returned 500"),
    "own error form": ("create_group", own_error_form, "an error 400 is not in the SCIM error format"),
    "status as number": ("read_group", status_as_number, "the error's status is not the HTTP status as a string"),
    "text/html": ("discover", text_html, "a response does not have the media type of SCIM"),
    "takes readOnly values": (
        "replace_user",
        takes_read_only_values,
        "the server stored readOnly attributes from the request: groups",
    ),
    "takes the id": ("create_user", takes_the_id, "the server stored readOnly attributes from the request: id"),
    "no Location": ("create_user.pos", no_location, "201 without Location"),
    "dead Location": ("create_group.pos", dead_location, "the location does not lead to the resource"),
    "returns the password": ("create_user", returns_the_password, "password is returned"),
    "lists without schemas": ("list_user", lists_without_schemas, "a resource has no schemas"),
    "active as text": ("create_user", active_as_text, "active does not have its declared type"),
    "one object for a list": ("create_user", one_object_for_a_list, "emails does not have its declared type"),
    "creates with 200": ("create_group", creates_with_200, "the server returned 200 for a create"),
    "deletes with 200": ("stateful_group", deletes_with_200, "the server returned 200 for DELETE"),
    "empty 200": ("patch_group", patches_with_an_empty_200, "200 without the resource"),
    "PUT makes anew": ("replace_group", put_makes_anew, "the server reported success for an unknown id"),
    "deletes anything": ("delete_group", deletes_anything, "the server reported success for an unknown id"),
    "reads another": ("read_user", reads_another, "the response has a different id than the request"),
    "no totalResults": ("search_group", lists_without_total, "totalResults is not an integer"),
    "ignores count": ("list_user", ignores_count, "resources"),
    "bulk without status": ("bulk.pos", bulk_without_status, "a bulk result has no status"),
    "keeps the dead": ("stateful_user", KeepsTheDead(), "the server reported success for an unknown id"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("only", "change", "told"), FAILS.values(), ids=FAILS)
def test_flaw_is_found(serve: Serve, shared_server: EmbeddedServer, only: str, change: Change, told: str) -> None:
    fuzzed = fuzz(serve(change), shared_server.token, only=only)
    assert any(told in message for message in fuzzed.messages("FAIL")), set(fuzzed.messages("FAIL"))
    assert fuzzed.left == []
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName")):
        assert listed(shared_server, endpoint, name) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (plain_json, "responses have the media type application/json"),
        (another_host, "the location is not below the base URL"),
        (made_without_body, "201 without the resource"),
    ],
    ids=["application/json", "another host", "201 without body"],
)
def test_what_the_rfc_leaves_open_is_a_warning(
    serve: Serve, shared_server: EmbeddedServer, change: Change, told: str
) -> None:
    fuzzed = fuzz(serve(change), shared_server.token, examples=3, only="create|stateful")
    assert fuzzed.messages("FAIL") == []
    assert told in fuzzed.messages("WARN")
    assert fuzzed.left == []


@pytest.mark.slow
def test_the_same_proxy_without_a_flaw_raises_no_alarm(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(no_flaw), shared_server.token, seed=99, examples=3)
    assert fuzzed.with_verdict("FAIL", "WARN", "UNDECIDED", "NOTE") == []
