"""The rules of fuzzing, which hold for every request, and the requirements that they come from."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.requirements.verdict import Verdict
from simulator.stream.events import FailureLevel


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for responses; empty `actions` mean that it applies to every kind of request."""

    ids: tuple[str, ...]
    level: FailureLevel
    consequence: str
    fix: str
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """A violation of a rule."""

    rule: str
    message: str
    expected: str
    got: str
    verdict: Verdict = Verdict.FAIL


_SHOWN = frozenset(["create", "read", "replace", "patch", "list", "search"])
_ONE = frozenset(["read", "replace", "patch", "delete"])

RULES: dict[str, Rule] = {
    "server error": Rule(
        ("RFC7644-3.12-16", "RFC7644-3.12-08"),
        "refusal",
        "Providers treat a 5xx as an outage: they repeat the same request and finally stop the whole job "
        "(Entra: quarantine) for all users.",
        "Handle the invalid input, and return 400 with a scimType and a detail.",
    ),
    "http": Rule(
        ("RFC7644-3.2-13",),
        "refusal",
        "Most clients reject the response, and the provider reports that the server cannot be reached.",
        "Send one Content-Length and header names without spaces, as RFC 9112 requires.",
    ),
    "error form": Rule(
        ("RFC7644-3.12-01", "RFC7644-3.12-02"),
        "cosmetic",
        "The provider's log does not show why a user could not be changed.",
        "Return every error with schemas [urn:ietf:params:scim:api:messages:2.0:Error], status, and detail.",
    ),
    "error status": Rule(
        ("RFC7644-3.12-03",),
        "cosmetic",
        "Clients that parse errors strictly report an invalid response instead of the reason.",
        'Return status as a string that equals the HTTP status: "404".',
    ),
    "media type": Rule(
        ("RFC7644-3.1-01", "RFC7644-3.8-06"),
        "cosmetic",
        "Clients that check the media type reject the response.",
        "Send responses with Content-Type application/scim+json.",
    ),
    "no resource": Rule(
        ("RFC7643-2.1-02", "RFC7644-3.4.1-01", "RFC7644-3.5.1-15", "RFC7644-3.5.2-25"),
        "refusal",
        "The provider cannot read the resource that it created, so it creates it again or gives up.",
        "Return the resource as a JSON object.",
        _SHOWN,
    ),
    "created": Rule(
        ("RFC7644-3.3-07",),
        "refusal",
        "Providers treat only 201 as created; they retry after any other status and create duplicates.",
        "Return 201 for a successful create.",
        frozenset(["create"]),
    ),
    "location": Rule(
        ("RFC7644-3.3-09", "RFC7643-3.1-22"),
        "refusal",
        "A client that follows the location does not find the resource.",
        "Send Location on 201, equal to meta.location, with the URL at which GET finds the resource.",
        frozenset(["create"]),
    ),
    "read-only": Rule(
        ("RFC7644-3.3-02", "RFC7643-3.1-08", "RFC7643-3.1-17", "RFC7644-3.5.1-12", "RFC7643-7-21"),
        "lie",
        "Anyone who can write a user can choose its id or put it into groups, which mixes up resources and grants access.",
        "Ignore id, meta, and every readOnly attribute in requests.",
        frozenset(["create", "replace"]),
    ),
    "schemas": Rule(
        ("RFC7643-3-01", "RFC7643-3-02"),
        "refusal",
        "Clients that choose their parser by schemas cannot read the resource.",
        "Return schemas with the resource's URNs in every resource, also in lists.",
        _SHOWN,
    ),
    "id": Rule(
        ("RFC7643-3.1-04", "RFC7644-3.4.1-01"),
        "lie",
        "The provider links a user to the wrong resource.",
        "Return the requested id as a string.",
        _SHOWN,
    ),
    "types": Rule(
        ("RFC7643-2.3-02", "RFC7643-2.4-01", "RFC7644-3.8-10"),
        "lie",
        "The provider reads a different value than it wrote, and writes it again in every cycle.",
        "Reject values of another type with 400 invalidValue, or convert them to the declared type before storing them.",
        _SHOWN,
    ),
    "password": Rule(
        ("RFC7643-4.1.1-16", "RFC7643-4.1.1-22"),
        "lie",
        "Anyone who can read users can read their passwords, and passwords end up in logs.",
        "Never return an attribute whose `returned` is never.",
        _SHOWN,
    ),
    "list": Rule(
        ("RFC7644-3.4.2-04", "RFC7644-3.4.2-05", "RFC7644-3.4.2-07", "RFC7644-3.4.3-10"),
        "refusal",
        "The provider cannot tell whether a user exists, and creates a duplicate or stops.",
        "Return a ListResponse for queries, with schemas, totalResults, and Resources.",
        frozenset(["list", "search"]),
    ),
    "count": Rule(
        ("RFC7644-3.4.2.4-05", "RFC7644-3.4.2.4-07"),
        "refusal",
        "Clients that expect one page of this size lose the other resources.",
        "Return at most count resources; treat a count below 0 as 0.",
        frozenset(["list", "search"]),
    ),
    "search creates": Rule(
        ("RFC7644-3.4.3-02",),
        "lie",
        "Every search of a client creates a resource.",
        "Route POST …/.search before POST …/{id}, or return 404, 405, or 501 for it.",
        frozenset(["search"]),
    ),
    "put creates": Rule(
        ("RFC7644-3.5.1-02",),
        "lie",
        "A late PUT restores a deleted user.",
        "Return 404 for PUT of an unknown id.",
        frozenset(["replace"]),
    ),
    "stranger": Rule(
        ("RFC7644-3.12-10", "RFC7644-3.5.2-27", "RFC7644-3.6-03", "RFC7644-3.6-07"),
        "lie",
        "The provider records a change or removal of a user who does not exist.",
        "Return 404 for every request for an unknown or deleted id.",
        _ONE,
    ),
    "empty 204": Rule(
        ("RFC7644-3.6-06", "RFC7644-3.5.2-25"),
        "refusal",
        "The client reads the body after a 204 as the next response on the connection.",
        "Return 204 and no body for DELETE, and either 200 and the resource or 204 and no body for PATCH.",
        frozenset(["delete", "patch"]),
    ),
    "bulk": Rule(
        ("RFC7644-3.7-04", "RFC7644-3.7-16"),
        "refusal",
        "The client does not know which of its changes were applied.",
        "Return a BulkResponse with the status of each operation.",
        frozenset(["bulk"]),
    ),
}


def ids_for(action: str) -> list[str]:
    """The requirements that are tested after a kind of request."""
    return list(
        dict.fromkeys(id_ for rule in RULES.values() if not rule.actions or action in rule.actions for id_ in rule.ids)
    )
