"""Roots: one mistake of a server is one headline, and what follows from it is folded below."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from conformance.defects.wire import ERROR_URN, Reply, Request, Server
from conformance.report.causes import Cause, causes_of
from conformance.report.roots import _lost_attribute, roots
from reference_server.embedded import EmbeddedServer
from simulator.stream.events import FailureLevel
from tests.conformance import made_up_runs
from tests.conformance.made_up_runs import check, exchange
from tests.conformance.real_runs import Between, run

Through = Callable[[Between], str]


def _patch_is_405(request: Request, server: Server) -> Reply:
    if request.method == "PATCH":
        return Reply.of(405, {"schemas": [ERROR_URN], "status": "405"})
    return server(request)


def _names_are_not_stored(request: Request, server: Server) -> Reply:
    reply = server(request)
    return _edited(reply, lambda resource: resource.pop("name", None))


def _members_are_names(request: Request, server: Server) -> Reply:
    def rename(resource: dict[str, Any]) -> None:
        for member in resource.get("members") or ():
            member["value"] = f"person-{member['value'][:8]}"

    return _edited(server(request), rename)


def _not_found_is_html(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.status == 404:
        return Reply(404, {"content-type": "text/html"}, b"<html>Not Found</html>")
    return reply


def _only_eq(request: Request, server: Server) -> Reply:
    body = request.json if request.path.endswith("/.search") else None
    expression = body.get("filter") if isinstance(body, dict) else request.filter
    if OTHER_OPERATORS.search(" ".join(str(expression).split('"')[::2])):
        return Reply.of(400, {"schemas": [ERROR_URN], "status": "400", "scimType": "invalidFilter", "detail": "No"})
    return server(request)


OTHER_OPERATORS = re.compile(r"\b(ne|co|sw|ew|pr|gt|ge|lt|le|and|or|not)\b", re.IGNORECASE)


def _edited(reply: Reply, edit: Callable[[dict[str, Any]], Any]) -> Reply:
    try:
        body = json.loads(reply.body)
    except ValueError:
        return reply
    for resource in body.get("Resources", [body]) if isinstance(body, dict) else ():
        if (
            isinstance(resource, dict)
            and "id" in resource
            and "attributes" not in resource
            and "endpoint" not in resource
        ):
            edit(resource)
    return replace(reply, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("server", "chosen", "root", "says"),
    [
        (_patch_is_405, "test_3_5_2_1 or test_3_5_2_2", "not-implemented", "does not implement PATCH; it returns 405"),
        (
            _names_are_not_stored,
            "test_7_values or test_7_writes or test_7_ret or test_3_10",
            "not-stored",
            "accepts name but does not store",
        ),
        (_members_are_names, "test_4_2", "members-not-ids", "members are not the ids"),
        (_not_found_is_html, "test_3_12 or test_3_6 or test_4_disc", "not-found-form", "(404) is not a SCIM error"),
        (_only_eq, "test_3_4_2_2_op or test_3_4_2_2_logic", "only-eq", "with eq but not with"),
    ],
    ids=["patch", "name", "members", "not found", "eq"],
)
def test_one_mistake_is_one_headline(
    own_server: EmbeddedServer, through: Through, tmp_path: Path, server: Between, chosen: str, root: str, says: str
) -> None:
    _, events, shown = run(through(server), own_server.token, tmp_path, "--profile", "rfc", "-k", chosen)
    causes = causes_of(events)  # type: ignore[arg-type]
    assert causes[0].place is not None, _told(causes)
    assert (causes[0].place.root, says in causes[0].headline) == (root, True), _told(causes)
    assert len({place["function"] for place in causes[0].places}) > 2
    assert len(causes[1:]) <= 1, _told(causes)
    assert causes[0].effect
    assert causes[0].fix
    # The console explains failures; what a server may decline (RFC 7644 3.4.2.2) is a warning, which the reports explain.
    assert shown.count("explains") == (1 if causes[0].verdict == "FAIL" else 0)
    assert (causes[0].verdict == "WARN") is (root == "only-eq")


def _told(causes: list[Cause]) -> list[str]:
    return [f"{c.verdict} {len(c.places)} {c.headline} {c.first['id']} {c.first['message']}" for c in causes]


# What stands for the variable part of a message.
PARTS = ("members", "active", "meta.version", "Entra's disable", "PATCH [{", "PATCH with a URN path", "lastModified")


def words_of_checks() -> set[str]:
    """Every string of the suite, and of each f-string what it is with one of PARTS in its places."""
    found: set[str] = set()
    for path in (Path(__file__).parents[3] / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found |= {
                    "".join(str(piece.value) if isinstance(piece, ast.Constant) else part for piece in node.values)
                    for part in PARTS
                }
    return found


def test_every_word_that_a_root_looks_for_is_one_of_a_check() -> None:
    """A check whose message is reworded must not lose its root."""
    words = words_of_checks()
    with (files("conformance.report") / "roots.csv").open("r", encoding="utf-8") as file:
        looked_for = [
            part for row in csv.DictReader(file) for part in re.split(r"\|(?![^()]*\))", row["message"]) if part
        ]
    assert [part for part in looked_for if not any(re.search(part, text) for text in words)] == []


def test_every_root_says_what_it_does_and_how_to_fix_it() -> None:
    for root in roots().values():
        assert root.headline.endswith("."), root.id
        assert root.effect.endswith("."), root.id
        assert root.fix, root.id
        assert root.level in ("", *get_args(FailureLevel)), root.id


@pytest.mark.parametrize(
    ("method", "path", "status", "sent", "told", "root"),
    [
        ("PATCH", "/Users/1", 200, {}, {"message": "active: unexpected value", "got": '"False"'}, "active-string"),
        (
            "DELETE",
            "/Users/1",
            200,
            None,
            {"message": "unexpected status", "expected": "204"},
            "delete-status",
        ),
        (
            "PUT",
            "/Users/1",
            200,
            {},
            {"message": "unexpected status", "expected": "409", "got": "200"},
            "not-unique",
        ),
        (
            "GET",
            "/Users?filter=(",
            200,
            None,
            {"message": "unexpected status", "expected": "400"},
            "filter-accepts",
        ),
        ("POST", "/Users", 400, {"title": None}, {"expected": "201", "got": "400 (no null)"}, "null-rejected"),
        (
            "POST",
            "/Users",
            400,
            {},
            {"message": "The server rejects the create", "got": "400 (x is required)"},
            "required-unsent",
        ),
        (
            "GET",
            "/Users?attributes=userName",
            200,
            None,
            {"message": "attributes that were not requested: unexpected value"},
            "projection",
        ),
        (
            "GET",
            "/Users?attributes=userName,title",
            200,
            None,
            {"message": "attributes not requested: unexpected value"},
            "projection",
        ),
        (
            "PATCH",
            "/Users/1",
            400,
            {},
            {"message": "the server rejects Entra's soft delete", "expected": "200 or 204", "got": "400"},
            "disable-refused",
        ),
        (
            "PATCH",
            "/Users/1",
            400,
            {"Operations": [{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title"}]},
            {"message": "unexpected status", "expected": "200 or 204", "got": "400"},
            "path-names-rejected",
        ),
        (
            "PATCH",
            "/Users/1",
            400,
            {"Operations": [{"op": "replace", "path": 'EMAILS[type eq "work"].value'}]},
            {"message": "unexpected status", "expected": "200 or 204", "got": "400"},
            "path-filter-rejected",
        ),
        (
            "GET",
            "/Users?sortBy=title",
            200,
            None,
            {"message": "the list with sortBy=title and sortOrder=ascending is not sorted"},
            "sorting",
        ),
        (
            "PUT",
            "/Users/1",
            200,
            {},
            {"message": "unexpected status", "expected": "412 or 409", "got": "200"},
            "stale-if-match",
        ),
        (
            "PATCH",
            "/Users/1",
            200,
            {"Operations": [{"op": "replace", "path": "TITLE"}]},
            {"message": "PATCH with a path in another case does not change the ETag", "got": 'W/"1"'},
            "etag-stays",
        ),
        (
            "GET",
            "/Users?filter=active+ne+false",
            200,
            None,
            {
                "message": "the filter active ne false returns the wrong resources",
                "expected": "the first one",
                "got": "the first one and the second one",
            },
            "too-much-listed",
        ),
        (
            "GET",
            "/Users?filter=title+pr",
            200,
            None,
            {
                "message": "the filter title pr returns the wrong resources",
                "expected": "the first one and the second one",
                "got": "the first one",
            },
            "too-little-listed",
        ),
        (
            "GET",
            "/Users?filter=title+pr",
            200,
            None,
            {"message": "the filter returned the wrong resources", "expected": "1: a", "got": "none"},
            "too-little-listed",
        ),
        ("GET", "/Me", 501, None, {"message": "the body is not a SCIM error"}, "error-form"),
        ("GET", "/Users/x", 404, None, {"message": "an error 404 is not in the SCIM error format"}, "not-found-form"),
        ("POST", "/Users", 409, {}, {"message": "an error 409 is not in the SCIM error format"}, "error-form"),
    ],
)
def test_what_the_server_did_decides_the_root(
    method: str, path: str, status: int, sent: Any, told: dict[str, str], root: str
) -> None:
    told = {"message": "m", "expected": "", "got": "", **told}
    events = made_up_runs.run(
        exchange(1, method, path, status, sent=sent),
        *(check(f"test_{name}", "FAIL", exchanges=[1], level="lie", **told) for name in "ab"),
    )
    (cause,) = causes_of(events)
    assert cause.place is not None
    assert cause.place.root == root


@pytest.mark.parametrize("part", ["givenName", "familyName"])
def test_a_name_whose_parts_are_lost_is_the_cause_of_a_whole_name_that_is_lost(part: str) -> None:
    whole = check("test_name", message="name is not what it must be", got='{"givenName": null}')
    kept = check("test_name", message="name is not what it must be", got="{'givenName': 'After'}")
    assert [_lost_attribute(one, [f"name.{part}"]) for one in (whole, kept)] == [f"name.{part}", ""]
