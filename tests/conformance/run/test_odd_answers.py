"""The suite on a server with odd answers: a check ends with a verdict about the server, never with an exception of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance.check_api import expect
from conformance.check_api.session import Plan, Session
from conformance.check_api.shapes import misshapen
from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.run.collect import collect
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Answer, Client
from conformance.target.discovery import ENTERPRISE_URN, USER_URN, discover
from conformance.topics.agreement import must_agree
from conformance.topics.bulk_requests import by_bulk_id, code, error_of, results
from conformance.topics.history import sendable
from conformance.topics.kept import also_changed
from reference_server.embedded import EmbeddedServer
from tests.conformance.answers import answer
from tests.conformance.odd_answers import OddAnswers, distorted
from tests.conformance.real_runs import Between, of, run
from tests.conformance.topics.sessions import session

Through = Callable[[Between], str]
SOME = (
    "--no-fuzz",
    "-k",
    "test_leavers or test_groups or test_3_3 or test_3_4_2_2_logic or test_9_2 or test_5_comparing",
)
EVERYTHING = ("--fuzz", "--profile", "rfc", "--profile", "entra", "--profile", "okta", "--profile", "cursor")
ODD_ERROR = {"schemas": [""], "status": -1, "detail": ["odd"]}
ERROR = "the body is not a SCIM error"
ODD_SCHEMA = {"id": "urn:a", "attributes": [{"name": "x", "type": {}}]}
OTHER_TYPE = "test_value_of_another_type"


@dataclass
class Odd:
    """A check, the requests that get an odd answer, the members of its body (None removes one), and the finding."""

    check: str
    method: str
    path: str
    body: Any
    finding: str
    left: int = 1000  # how many of these requests get the odd answer

    def __call__(self, request: Request, server: Server) -> Reply:
        reply = server(request)
        if not request.is_(self.method, self.path) or not reply.body or not self.left:
            return reply
        self.left -= 1
        body = self.body
        if isinstance(body, dict):
            body = {name: held for name, held in (orjson.loads(reply.body) | body).items() if held is not None}
        return replace(reply, body=body if isinstance(body, bytes) else orjson.dumps(body))


# Each is a way in which the body of an answer ended a check by an exception, or would have.
ODD_BODIES = [
    Odd(
        f"{OTHER_TYPE}_never_comes_back[User.locale-PUT]", "PUT", "/Users/*", {**ODD_ERROR, "scimType": {"a": 1}}, ERROR
    ),
    Odd(
        "test_path_to_an_unknown_attribute_is_refused[constructor.prototype.polluted]",
        "PATCH",
        "/Users/*",
        {**ODD_ERROR, "scimType": [None]},
        ERROR,
    ),
    Odd(
        f"{OTHER_TYPE}_is_stored_in_no_form[User.{ENTERPRISE_URN}:organization]",
        "GET",
        "/Users/*",
        {"schemas": None},
        "schemas is missing",
    ),
    Odd(
        "test_attribute_names_in_filters_have_no_case[with-and]",
        "POST",
        "/Users",
        {"schemas": ["odd"], "userName": 0},
        "userName does not have",
    ),
    Odd(
        "test_endpoint_of_a_resource_type_is_there[User]",
        "GET",
        "/ResourceTypes",
        {"schemas": ["odd"], "Resources": [{"endpoint": "/x"}]},
        "/ResourceTypes no longer lists User",
    ),
    Odd("test_deleted_resource_leaves_the_list", "GET", "/Users", {"totalResults": None}, "totalResults is missing", 1),
    Odd(
        "test_types_are_of_the_vocabulary",
        "GET",
        "/Schemas",
        {"Resources": [ODD_SCHEMA]},
        "urn:a:x: type is not a keyword",
    ),
    *[
        Odd("test_both_parameters_do_no_harm", "GET", "/Users/*", body, "the response body does not have")
        for body in (b"null", b"<p>", b"")
    ],
]


def test_an_odd_body_is_a_finding_that_names_it(own_server: EmbeddedServer) -> None:
    target = discover(Client(own_server.base_url, own_server.token))
    checks = {check.id.partition("::")[2]: check for check in collect(["rfc"], target=target)}
    with defect_proxy(own_server.base_url) as proxy:
        for number, odd in enumerate(ODD_BODIES):
            client = Client(proxy.add(f"odd{number}", replace(odd)), own_server.token)
            outcome = carry_out(
                checks[odd.check], client, replace(target, base_url=client.base_url), Plan(f"run{number}")
            )
            event = check_event(checks[odd.check], outcome)
            assert (event["verdict"], event["traceback"]) == ("FAIL", ""), (odd.check, event["message"])
            assert event["message"].startswith(odd.finding), odd.check


USER: Any = {
    "schemas": [USER_URN, ENTERPRISE_URN],
    "id": "1",
    "userName": "ann",
    "name": {"givenName": "Ann"},
    "emails": [{"value": "a@b.example", "type": "work", "primary": True}],
    ENTERPRISE_URN: {"manager": {"value": "2"}},
    "meta": {"resourceType": "User", "created": "2026-01-31T12:00:00Z"},
}
PAGE = {"schemas": [expect.LIST_URN], "totalResults": 1, "itemsPerPage": 1, "Resources": [USER]}
REFUSAL = {"schemas": [expect.ERROR_URN], "status": "400", "scimType": "invalidFilter", "detail": "no"}
BULK = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
    "Operations": [{"method": "POST", "bulkId": "a", "status": "400", "response": REFUSAL}],
}
READERS: dict[str, tuple[int, Any, Callable[[Session, Answer], Any]]] = {
    "an error": (400, REFUSAL, lambda scim, answer: expect.scim_error(answer, 400, "invalidValue")),
    "a keyword": (400, REFUSAL, lambda scim, answer: expect.keyword(scim, answer, 400, "invalidValue")),
    "a refusal": (400, REFUSAL, lambda scim, answer: expect.refused(answer, "invalidFilter")),
    "a list": (200, PAGE, lambda scim, answer: expect.found(answer, USER)),
    "a new resource": (201, USER, lambda scim, answer: expect.created(answer)),
    "what to remove": (201, USER, lambda scim, answer: scim.remember(answer, USER)),
    "values": (200, USER, lambda scim, answer: expect.holds(answer.json, userName="ann", title=None)),
    "cleared values": (200, USER, lambda scim, answer: expect.cleared(scim, answer.json, emails=USER["emails"])),
    "a path": (200, USER, lambda scim, answer: scim.path_of(answer.json)),
    "without hidden values": (200, USER, lambda scim, answer: scim.plain(answer.json)),
    "two representations": (200, USER, lambda scim, answer: must_agree(answer.json, USER, "GET")),
    "a change": (200, USER, lambda scim, answer: also_changed(scim, USER, answer.json, "title")),
    "what to send": (200, USER, lambda scim, answer: sendable(scim, answer.json)["schemas"]),
    "results": (200, BULK, lambda scim, answer: [error_of(result) for result in results(answer, 1)]),
    "results by id": (200, BULK, lambda scim, answer: code(by_bulk_id(answer)["a"])),
}


@pytest.mark.parametrize("reader", READERS)
def test_what_checks_read_answers_with_ends_by_a_finding_or_an_explained_exception(reader: str) -> None:
    status, body, read = READERS[reader]
    scim = session()
    for seed in range(200):
        chance = random.Random(f"{reader} {seed}")
        odd = distorted(distorted(body, chance), chance)
        try:
            read(scim, answer(status, odd, "POST" if status == 201 else "GET"))
        except (Finding, NotOffered, Undecided):
            continue
        except Exception as error:
            assert odd is None or misshapen([odd]) is not None, (odd, error)


@pytest.mark.parametrize(
    ("seed", "options"),
    [(1, SOME), *(pytest.param(seed, EVERYTHING, marks=pytest.mark.full) for seed in range(20, 28))],
)
def test_no_check_ends_by_an_exception_of_its_own(
    through: Through, own_server: EmbeddedServer, tmp_path: Path, seed: int, options: tuple[str, ...]
) -> None:
    url = through(OddAnswers(seed, every=2))
    _, events, shown = run(url, own_server.token, tmp_path, "--parallel", "1", *options)
    checks = of(events, "check")
    assert [(check["id"], check["traceback"]) for check in checks if check["traceback"]] == []
    assert len(checks) > 100, shown
    assert {check["verdict"] for check in checks} >= {"PASS", "FAIL"}


@pytest.mark.parametrize("odd", [True, 7, {"a": 1}, [7, None]], ids=str)
@pytest.mark.parametrize("member", ["subAttributes", "canonicalValues", "referenceTypes", "schemaExtensions"])
def test_a_list_of_discovery_with_another_type_is_a_finding(
    through: Through, own_server: EmbeddedServer, tmp_path: Path, member: str, odd: Any
) -> None:
    """As found on 1 December 2026: the run ended with an unexpected error before the first check."""

    def between(request: Request, server: Server) -> Reply:
        reply = server(request)
        if request.is_("GET", "/Schemas*") or request.is_("GET", "/ResourceTypes*"):
            return replace(reply, body=orjson.dumps(_replaced(orjson.loads(reply.body), member, odd)))
        return reply

    code, events, shown = run(through(between), own_server.token, tmp_path, "-k", "test_3_3_creating or test_8_7_2")
    assert code in (0, 1), shown
    assert len(of(events, "check")) > 10


def _replaced(document: Any, member: str, value: Any) -> Any:
    """The document with another value of each member of this name."""
    if isinstance(document, list):
        return [_replaced(item, member, value) for item in document]
    if isinstance(document, dict):
        return {name: value if name == member else _replaced(held, member, value) for name, held in document.items()}
    return document
