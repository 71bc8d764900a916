"""The fuzz part against real targets: silent on a good server, biting on each broken one, the same for the same seed."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
import pytest
import urllib3
import uvicorn
from schemathesis.specs.openapi.definitions import OPENAPI_31
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from conformance.client import Client
from conformance.fuzz.openapi import openapi_document
from conformance.fuzz.run import run_fuzz
from conformance.requirements import catalogue
from conformance.session import MARKER
from conformance.target import GROUP_URN, USER_URN, Target, discover
from reference_server.embedded import EmbeddedServer
from reference_server.process import bind
from simulator.wire.exchange import Exchange

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PREFIX = re.compile(f"{MARKER}-fuzz-[0-9a-f]{{8}}")
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Fuzzed:
    """What one run left behind."""

    events: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def named(self, name: str) -> dict[str, Any]:
        return next(event for event in self.events if event["name"] == name)

    def with_verdict(self, *verdicts: str) -> list[str]:
        return [event["name"] for event in self.events if event["verdict"] in verdicts]

    def messages(self, *verdicts: str) -> list[str]:
        """The messages of checks and of remarks that have one of these verdicts."""
        found = [event["message"] for event in self.events if event["verdict"] in verdicts]
        remarks = [remark for event in self.events for remark in event["remarks"]]
        return found + [remark["message"] for remark in remarks if remark["verdict"] in verdicts]

    def shown(self, event: dict[str, Any]) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.number in event["exchanges"]]


def fuzz(
    url: str, token: str, *, seed: int = 4711, examples: int = 6, read_only: bool = False, only: str = ""
) -> Fuzzed:
    fuzzed = Fuzzed()
    client = Client(url, token, listener=fuzzed.exchanges.append, read_only=read_only)
    target = discover(client)
    fuzzed.exchanges.clear()
    fuzzed.left = run_fuzz(
        client,
        target,
        seed=seed,
        examples=examples,
        write=fuzzed.events.append,
        select=lambda name: re.search(only, name) is not None,
    )
    return fuzzed


@pytest.fixture(scope="module")
def clean(shared_server: EmbeddedServer) -> Fuzzed:
    return fuzz(shared_server.base_url, shared_server.token)


def listed(server: EmbeddedServer, endpoint: str, name: str) -> list[str]:
    client = Client(server.base_url, server.token)
    found = client.send("GET", endpoint, parameters={"filter": f'{name} sw "{MARKER}-fuzz"'})["Resources"] or []
    return [item["id"] for item in found]


# ── a good server ──


@pytest.mark.slow
def test_no_alarm_on_the_reference_server(clean: Fuzzed) -> None:
    assert [(e["name"], e["message"], e["remarks"]) for e in clean.events if e["verdict"] != "PASS"] == []
    assert [event["remarks"] for event in clean.events if event["remarks"]] == []


@pytest.mark.slow
def test_every_operation_and_phase_has_its_check(clean: Fuzzed) -> None:
    names = [event["name"] for event in clean.events]
    assert len(names) == len(set(names))
    for action in ("create", "list", "search", "read", "replace", "patch", "delete"):
        for kind in ("user", "group"):
            assert {f"fuzz_{action}_{kind}[{phase}]" for phase in ("positive", "negative", "coverage")} <= set(names)
    assert {"fuzz_bulk[positive]", "fuzz_stateful_user", "fuzz_stateful_group"} <= set(names)
    assert {event["function"] for event in clean.events} >= {"fuzz_create_user", "fuzz_stateful_user"}
    for event in clean.events:
        assert set(event["requirements"]) <= set(catalogue())
        assert event["requirements"]
        assert (event["profile"], event["document"]) == ("rfc", "Fuzzing")


@pytest.mark.slow
def test_default_setting_is_a_few_hundred_small_requests(clean: Fuzzed) -> None:
    assert 300 < len(clean.exchanges) < 600
    assert max(len(exchange.request_body or b"") + len(exchange.url) for exchange in clean.exchanges) < 20_000


@pytest.mark.slow
def test_generated_data_get_deep_into_the_server(clean: Fuzzed) -> None:
    seen = {(exchange.method, exchange.status) for exchange in clean.exchanges}
    assert {("POST", 201), ("POST", 400), ("PUT", 200), ("PATCH", 200), ("DELETE", 204), ("GET", 404)} <= seen
    story = [e.method for e in clean.exchanges if e.cause["check"] == "fuzz::fuzz_stateful_user"]
    assert {"POST", "GET", "PUT", "PATCH", "DELETE"} == set(story)


@pytest.mark.slow
def test_all_that_was_made_bears_the_marker_and_is_gone(clean: Fuzzed, shared_server: EmbeddedServer) -> None:
    assert clean.left == []
    for exchange in clean.exchanges:
        if exchange.method == "POST" and exchange.status == 201:
            made = exchange.response_json()
            assert any(str(made.get(name)).startswith(MARKER) for name in ("userName", "displayName", "externalId"))
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName"), ("/Users", "externalId")):
        assert listed(shared_server, endpoint, name) == []


@pytest.mark.slow
def test_nothing_is_changed_that_the_run_did_not_make(clean: Fuzzed) -> None:
    made = {e.response_json()["id"] for e in clean.exchanges if e.method == "POST" and e.status == 201}
    for exchange in clean.exchanges:
        for result in (exchange.response_json() or {}).get("Operations") or ():
            made.add(str(result.get("location")).rpartition("/")[2])
    for exchange in clean.exchanges:
        if exchange.method in ("PUT", "PATCH", "DELETE"):
            id_ = exchange.url.rpartition("/")[2]
            assert id_ in made or id_.startswith(f"{MARKER}-"), exchange.url


@pytest.mark.slow
def test_read_only_run_sends_nothing_but_get(shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(shared_server.base_url, shared_server.token, examples=2, read_only=True)
    assert {exchange.method for exchange in fuzzed.exchanges} == {"GET"}
    assert "fuzz_list_user[positive]" in [event["name"] for event in fuzzed.events]


@pytest.mark.slow
def test_interrupted_run_removes_what_it_made(shared_server: EmbeddedServer) -> None:
    client = Client(shared_server.base_url, shared_server.token)
    left: list[str] = []

    def interrupt(event: dict[str, Any]) -> None:
        if event["name"] == "fuzz_create_group[positive]":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_fuzz(client, discover(client), seed=1, examples=3, write=interrupt, left=left)
    assert left == []
    assert listed(shared_server, "/Users", "userName") + listed(shared_server, "/Groups", "displayName") == []


@pytest.mark.slow
def test_run_that_is_stopped_ends_soon_and_removes_what_it_made(shared_server: EmbeddedServer) -> None:
    sent: list[Exchange] = []
    events: list[dict[str, Any]] = []
    client = Client(shared_server.base_url, shared_server.token, listener=sent.append)
    target = discover(client)
    stop = lambda: len(sent) > 60  # noqa: E731
    assert run_fuzz(client, target, seed=1, examples=6, write=events.append, stop=stop) == []
    assert 3 < len(events) < 10
    assert len(sent) < 90
    assert listed(shared_server, "/Users", "userName") + listed(shared_server, "/Groups", "displayName") == []


# ── the same for the same seed ──

SCRIPT = """
import json, sys
from conformance.client import Client
from conformance.fuzz.run import run_fuzz
from conformance.target import discover
sent = []
client = Client(sys.argv[1], sys.argv[2], listener=lambda e: sent.append([e.method, e.url, (e.request_body or b"").hex()]))
target = discover(client)
sent.clear()
run_fuzz(client, target, seed=int(sys.argv[3]), examples=2, write=lambda event: None)
print(json.dumps(sent))
"""


def sent_by_a_process(server: EmbeddedServer, seed: int, hash_seed: int) -> list[tuple[str, str, str]]:
    """(method, URL, body) of each request, with the run's own names and ids as they came up first."""
    command = [sys.executable, "-c", SCRIPT, server.base_url, server.token, str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=True)
    met: dict[str, str] = {}

    def plain(text: str) -> str:
        text = PREFIX.sub("NAME", text)
        return UUID.sub(lambda match: met.setdefault(match[0], f"id-{len(met)}"), text)

    sent = [(m, url, bytes.fromhex(body).decode("latin-1")) for m, url, body in json.loads(done.stdout)]
    return [(method, plain(url), plain(body)) for method, url, body in sent]


@pytest.mark.slow
def test_same_seed_sends_the_same_requests_and_another_seed_others(shared_server: EmbeddedServer) -> None:
    first = sent_by_a_process(shared_server, 7, hash_seed=1)
    assert len(first) > 100
    assert sent_by_a_process(shared_server, 7, hash_seed=2) == first
    assert sent_by_a_process(shared_server, 8, hash_seed=1) != first


# ── the document ──


def assert_valid(document: dict[str, Any]) -> None:
    """Valid OpenAPI 3.1, and every component valid JSON Schema 2020-12."""
    assert [error.message for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)] == []
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    ids = [held["operationId"] for path in document["paths"].values() for m, held in path.items() if m != "parameters"]
    assert len(ids) == len(set(ids))


def test_document_of_the_reference_server_is_valid_and_complete(shared_server: EmbeddedServer) -> None:
    client = Client(shared_server.base_url, shared_server.token)
    target = discover(client)
    document = openapi_document(target, client.base_url)
    assert_valid(document)
    assert set(document["paths"]["/Users/{id}"]) == {"parameters", "get", "put", "patch", "delete"}
    assert {"/Users/.search", "/Groups", "/Bulk", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} <= set(
        document["paths"]
    )
    links = document["paths"]["/Users"]["post"]["responses"]["201"]["links"]
    assert set(links) == {"readUser", "replaceUser", "patchUser", "deleteUser"}
    assert links["readUser"]["parameters"] == {"id": "$response.body#/id"}
    schemas = document["components"]["schemas"]
    for attribute in target.schemas[USER_URN]["attributes"]:
        assert attribute["name"] in schemas["User"]["properties"]
        assert (attribute["name"] in schemas["UserSent"]["properties"]) == (attribute["mutability"] != "readOnly")
    assert "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" in schemas["UserSent"]["properties"]
    assert schemas["User"]["properties"]["active"]["type"] == ["boolean", "null"]
    kind = schemas["UserSent"]["properties"]["emails"]["items"]["properties"]["type"]
    assert kind["examples"] == ["work", "home", "other"]
    assert "enum" not in kind


HOSTILE: dict[str, Target] = {
    "nothing": Target(),
    "types without names": Target({}, [{"endpoint": "/Users"}, {"name": 5, "schema": 6, "endpoint": 7}], {}),
    "endpoints that are none": Target(
        {},
        [
            {"name": f"T{number}", "schema": USER_URN, "endpoint": endpoint}
            for number, endpoint in enumerate(["", "/", "/{id}", "http://x/", "/a b", "/../admin", "/Schemas", ["/U"]])
        ],
        {},
    ),
    "the same twice": Target({}, [{"name": "User", "schema": USER_URN, "endpoint": "/Users"}] * 2, {}),
    "names that are no names": Target({}, [{"name": "Ünï cödé!", "schema": USER_URN, "endpoint": "/x"}], {}),
    "attributes of any shape": Target(
        {"bulk": {"supported": True}, "patch": 5, "filter": {"supported": "yes"}},
        [{"name": "User", "schema": USER_URN, "endpoint": "/Users", "schemaExtensions": [5, {"schema": []}, {}]}],
        {
            USER_URN: {
                "attributes": [
                    5,
                    None,
                    {},
                    {"name": ""},
                    {"name": {"a": 1}},
                    {"name": "x", "type": ["string"], "canonicalValues": {"a": 1}},
                    {"name": "y", "type": "complex", "subAttributes": "none", "multiValued": True},
                    {"name": "z", "type": "complex", "subAttributes": [{"name": "$ref", "referenceTypes": 5}, 7]},
                    {"name": "q", "type": "strange", "mutability": 5, "description": {"en": "x"}},
                    {"name": "a.b[c", "type": "reference"},
                    {"name": "schemas", "type": "string"},
                    {"name": "id", "type": "integer", "required": True},
                ]
            }
        },
    ),
    "attributes that are no list": Target({}, [], {USER_URN: {"attributes": 5}, GROUP_URN: {}}),
}


@pytest.mark.slow
@pytest.mark.parametrize("target", HOSTILE.values(), ids=HOSTILE)
def test_broken_discovery_breaks_no_run(target: Target, shared_server: EmbeddedServer) -> None:
    events: list[dict[str, Any]] = []
    client = Client(shared_server.base_url, shared_server.token)
    assert run_fuzz(client, target, seed=3, examples=2, write=events.append) == []
    assert [event["message"] for event in events if event["verdict"] == "UNDECIDED"] == []


@pytest.mark.parametrize("target", HOSTILE.values(), ids=HOSTILE)
def test_document_of_a_broken_discovery_is_valid(target: Target) -> None:
    document = openapi_document(target, "http://127.0.0.1/scim")
    assert_valid(document)
    json.dumps(document)


# ── broken targets: a proxy in front of a good server, each with one flaw ──


@dataclass
class Seen:
    """One request and its good answer, which a flaw changes in place; `told` is the body: JSON, or None for none."""

    method: str
    path: str
    body: bytes
    status: int
    headers: dict[str, str]
    told: Any

    @property
    def sent(self) -> Any:
        """The request's JSON; an empty object when it is none."""
        try:
            sent = json.loads(self.body)
        except ValueError:
            return {}
        return sent if isinstance(sent, dict) else {}

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources of the answer, of a list or alone."""
        if not isinstance(self.told, dict) or self.status >= 400:
            return []
        return self.told.get("Resources", []) if LIST_URN in (self.told.get("schemas") or ()) else [self.told]


Change = Callable[[Seen], None]


class Flawed:
    """Passes everything on to a good server and hands on its answers, changed by one flaw; URLs become its own."""

    def __init__(self, good: EmbeddedServer, change: Change) -> None:
        self._http = urllib3.PoolManager(retries=False)
        self._good, self._change = good, change
        self.url = ""

    def pass_on(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in headers.items() if name in ("authorization", "content-type", "accept")}
        answer = self._http.request(method, self._good.base_url + path, body=body or None, headers=kept)
        named = {k.lower(): v.replace(self._good.base_url, self.url) for k, v in answer.headers.items()}
        wanted = {k: v for k, v in named.items() if k in ("content-type", "location")}
        return answer.status, wanted, answer.data.replace(self._good.base_url.encode(), self.url.encode())

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        status, headers, data = self.pass_on(request.method, path, body, dict(request.headers))
        seen = Seen(request.method, path, body, status, headers, json.loads(data) if data else None)
        self._change(seen)
        return Response(b"" if seen.told is None else json.dumps(seen.told), seen.status, seen.headers)


Serve = Callable[[Change], str]


@pytest.fixture
def serve(shared_server: EmbeddedServer) -> Iterator[Serve]:
    """Serve a flawed target; returns its base URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(change: Change) -> str:
        flawed = Flawed(shared_server, change)

        async def answer(request: Request) -> Response:
            return await flawed(request)

        app = Starlette()
        app.router.add_route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        listener = bind("127.0.0.1", 0)
        flawed.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return flawed.url

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(5)


def no_flaw(seen: Seen) -> None:
    pass


def crashes_at_a_nick_name(seen: Seen) -> None:
    if (seen.method, seen.path) == ("POST", "/Users") and len(str(seen.sent.get("nickName", ""))) > 2:
        seen.status, seen.told = 500, {"oops": 1}


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


class KeepsTheDead:
    """Shows a deleted resource as it was before."""

    def __init__(self) -> None:
        self.alive: dict[str, Any] = {}

    def __call__(self, seen: Seen) -> None:
        if seen.method == "GET" and seen.path.startswith("/Users/"):
            if seen.status == 200:
                self.alive[seen.path] = seen.told
            elif seen.path in self.alive:
                seen.status, seen.told = 200, self.alive[seen.path]


FAILS: dict[str, tuple[str, Change, str]] = {
    "crashes at a nickName": ("create_user", crashes_at_a_nick_name, "it is answered 500"),
    "own error form": ("create_group", own_error_form, "an error 400 is not in SCIM's form"),
    "status as number": ("read_group", status_as_number, "the error's status is not the HTTP status as text"),
    "text/html": ("discover", text_html, "an answer is not declared as SCIM"),
    "takes readOnly values": (
        "replace_user",
        takes_read_only_values,
        "readOnly attributes are taken from the request: groups",
    ),
    "takes the id": ("create_user", takes_the_id, "readOnly attributes are taken from the request: id"),
    "no Location": ("create_user.pos", no_location, "201 without Location"),
    "dead Location": ("create_group.pos", dead_location, "the location does not lead to the resource"),
    "returns the password": ("create_user", returns_the_password, "password is returned"),
    "lists without schemas": ("list_user", lists_without_schemas, "a resource without schemas"),
    "active as text": ("create_user", active_as_text, "active is not of its declared type"),
    "one object for a list": ("create_user", one_object_for_a_list, "emails is not of its declared type"),
    "creates with 200": ("create_group", creates_with_200, "a creation is answered 200"),
    "deletes with 200": ("stateful_group", deletes_with_200, "DELETE is answered 200"),
    "empty 200": ("patch_group", patches_with_an_empty_200, "200 without the resource"),
    "PUT makes anew": ("replace_group", put_makes_anew, "an id that nobody has is answered with success"),
    "deletes anything": ("delete_group", deletes_anything, "an id that nobody has is answered with success"),
    "reads another": ("read_user", reads_another, "another id than asked for"),
    "no totalResults": ("search_group", lists_without_total, "totalResults is no integer"),
    "ignores count": ("list_user", ignores_count, "resources"),
    "bulk without status": ("bulk.pos", bulk_without_status, "a result without status"),
    "keeps the dead": ("stateful_user", KeepsTheDead(), "an id that nobody has is answered with success"),
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
        (plain_json, "answers are application/json"),
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
    fuzzed = fuzz(serve(no_flaw), shared_server.token, seed=99)
    assert fuzzed.with_verdict("FAIL", "WARN", "UNDECIDED", "NOTE") == []


@pytest.mark.slow
def test_failing_case_is_made_small_and_shown(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(crashes_at_a_nick_name), shared_server.token, examples=20, only="create_user.pos")
    event = fuzzed.named("fuzz_create_user[positive]")
    assert event["verdict"] == "FAIL"
    assert event["message"] == "POST /Users: it is answered 500"
    assert event["requirements"] == ["RFC7644-3.12-16", "RFC7644-3.12-08"]
    assert event["consequence"]
    assert event["fix"]
    (shown,) = fuzzed.shown(event)
    body = shown.request_json()
    assert shown.status == 500
    assert set(body) - {"id", "meta", "groups"} == {"schemas", "userName", "nickName"}
    assert len(body["nickName"]) == 3


@pytest.mark.slow
def test_story_that_fails_is_shown_from_its_beginning(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(KeepsTheDead()), shared_server.token, examples=10, only="stateful_user")
    shown = fuzzed.shown(fuzzed.named("fuzz_stateful_user"))
    assert [exchange.method for exchange in shown] == ["POST", "GET", "DELETE", "GET"]
    assert [exchange.status for exchange in shown] == [201, 200, 204, 200]


class SearchCreates:
    """Takes a search for a creation."""

    def __init__(self, good: EmbeddedServer) -> None:
        self._client = Client(good.base_url, good.token)
        self._names = itertools.count()

    def __call__(self, seen: Seen) -> None:
        if seen.path == "/Users/.search":
            name = f"{MARKER}-fuzz-search-{next(self._names)}"
            made = self._client.send("POST", "/Users", {"schemas": [USER_URN], "userName": name})
            seen.status, seen.told = made.status, made.json


@pytest.mark.slow
def test_search_that_creates_is_found_and_cleaned_up(serve: Serve, shared_server: EmbeddedServer) -> None:
    fuzzed = fuzz(serve(SearchCreates(shared_server)), shared_server.token, only="search_user.pos")
    assert fuzzed.named("fuzz_search_user[positive]")["message"] == "POST /Users/.search: a search creates a resource"
    assert fuzzed.left == []
    assert listed(shared_server, "/Users", "userName") == []


@pytest.mark.slow
def test_what_a_lost_answer_made_is_found_by_its_name(serve: Serve, shared_server: EmbeddedServer) -> None:
    def loses_the_answer(seen: Seen) -> None:
        if seen.method == "POST" and seen.path == "/Users" and seen.status == 201:
            seen.status, seen.headers, seen.told = 502, {}, None

    fuzzed = fuzz(serve(loses_the_answer), shared_server.token, only="create_user.pos")
    assert fuzzed.with_verdict("FAIL") == ["fuzz_create_user[positive]"]
    assert listed(shared_server, "/Users", "userName") == []


@pytest.mark.slow
def test_what_cannot_be_removed_is_told(serve: Serve, shared_server: EmbeddedServer) -> None:
    def refuses_to_delete(seen: Seen) -> None:
        if seen.method == "DELETE":
            seen.status, seen.headers, seen.told = 403, {}, None
        elif seen.method == "GET" and seen.path.startswith("/Groups/"):
            seen.status = 200

    url = serve(refuses_to_delete)
    fuzzed = fuzz(url, shared_server.token, examples=1, only="create_group.pos")
    assert len(fuzzed.left) >= 1
    assert all(left.startswith(f"{url}/Groups/") for left in fuzzed.left)


@pytest.mark.slow
def test_target_that_is_gone_is_undecided_and_soon_over() -> None:
    with bind("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    fuzzed = fuzz(url, "token")
    assert set(fuzzed.with_verdict("UNDECIDED")) == {event["name"] for event in fuzzed.events}
    assert len(fuzzed.exchanges) < 20
    assert "no answer to a generated request" in fuzzed.events[0]["message"]
    assert "left out" in fuzzed.events[-1]["message"]
