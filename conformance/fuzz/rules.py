"""What no SCIM server may do, whatever it is sent: the rules of the fuzz part, each tied to its requirements."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.requirements.verdict import Verdict
from simulator.stream.events import FailureLevel


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked for in every answer; `actions` empty: after every kind of request."""

    ids: tuple[str, ...]
    level: FailureLevel
    consequence: str
    fix: str
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that an answer breaks."""

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
        "Providers take a 5xx for an outage: they send the same request again and again, and in the end stop the whole "
        "job (Entra: quarantine), for everybody.",
        "Catch what the request made impossible and answer 400 with a scimType and a detail.",
    ),
    "error form": Rule(
        ("RFC7644-3.12-01", "RFC7644-3.12-02"),
        "cosmetic",
        "Nobody sees in the provider's log why a person could not be changed.",
        "Answer every error with schemas [urn:ietf:params:scim:api:messages:2.0:Error], status and detail.",
    ),
    "error status": Rule(
        ("RFC7644-3.12-03",),
        "cosmetic",
        "Clients that parse the error strictly report a broken answer instead of the reason.",
        'Return status as text equal to the HTTP status: "404".',
    ),
    "media type": Rule(
        ("RFC7644-3.1-01", "RFC7644-3.8-06"),
        "cosmetic",
        "Clients that look at the media type refuse the answer.",
        "Answer with Content-Type application/scim+json.",
    ),
    "no resource": Rule(
        ("RFC7643-2.1-02", "RFC7644-3.4.1-01", "RFC7644-3.5.1-15", "RFC7644-3.5.2-25"),
        "refusal",
        "The provider cannot read what it made, so it makes it again or gives up.",
        "Return the resource as a JSON object.",
        _SHOWN,
    ),
    "created": Rule(
        ("RFC7644-3.3-07",),
        "refusal",
        "Providers count only 201 as created; anything else is tried again and leaves doubles.",
        "Answer 201 to a successful creation.",
        frozenset(["create"]),
    ),
    "location": Rule(
        ("RFC7644-3.3-09", "RFC7643-3.1-22"),
        "refusal",
        "A client that follows the location works on nothing.",
        "Send Location on 201, equal to meta.location, with the URL at which GET finds the resource.",
        frozenset(["create"]),
    ),
    "read-only": Rule(
        ("RFC7644-3.3-02", "RFC7643-3.1-08", "RFC7643-3.1-17", "RFC7644-3.5.1-12", "RFC7643-7-21"),
        "lie",
        "Whoever may write a person can choose its id or put it into groups: resources get mixed up, rights leak.",
        "Ignore id, meta and every readOnly attribute in what is sent.",
        frozenset(["create", "replace"]),
    ),
    "schemas": Rule(
        ("RFC7643-3-01", "RFC7643-3-02"),
        "refusal",
        "Clients that choose their parser by schemas cannot read the resource.",
        "Put schemas with the resource's own URNs into every resource, also inside lists.",
        _SHOWN,
    ),
    "id": Rule(
        ("RFC7643-3.1-04", "RFC7644-3.4.1-01"),
        "lie",
        "The provider ties a person to another resource.",
        "Return the id that was asked for, as text.",
        _SHOWN,
    ),
    "types": Rule(
        ("RFC7643-2.3-02", "RFC7643-2.4-01", "RFC7644-3.8-10"),
        "lie",
        "The provider reads another value than it wrote, and writes it again in every cycle.",
        "Refuse values of another type with 400 invalidValue, or turn them into the declared type before storing them.",
        _SHOWN,
    ),
    "password": Rule(
        ("RFC7643-4.1.1-16", "RFC7643-4.1.1-22"),
        "lie",
        "Whoever may read people can read their passwords, and so do logs.",
        "Never return an attribute whose `returned` is never.",
        _SHOWN,
    ),
    "list": Rule(
        ("RFC7644-3.4.2-04", "RFC7644-3.4.2-05", "RFC7644-3.4.2-07", "RFC7644-3.4.3-10"),
        "refusal",
        "The provider cannot tell whether a person exists, and creates a double or stops.",
        "Answer queries with a ListResponse: schemas, totalResults, Resources.",
        frozenset(["list", "search"]),
    ),
    "count": Rule(
        ("RFC7644-3.4.2.4-05", "RFC7644-3.4.2.4-07"),
        "refusal",
        "Clients that reserve room for one page lose what does not fit.",
        "Return no more resources than count; count below 0 is 0.",
        frozenset(["list", "search"]),
    ),
    "search creates": Rule(
        ("RFC7644-3.4.3-02",),
        "lie",
        "Every search of a client leaves a new resource behind.",
        "Route POST …/.search before POST …/{id}, or answer 404, 405 or 501.",
        frozenset(["search"]),
    ),
    "put creates": Rule(
        ("RFC7644-3.5.1-02",),
        "lie",
        "A late PUT brings a deleted person back to life.",
        "Answer 404 to a PUT of an unknown id.",
        frozenset(["replace"]),
    ),
    "stranger": Rule(
        ("RFC7644-3.12-10", "RFC7644-3.5.2-27", "RFC7644-3.6-03", "RFC7644-3.6-07"),
        "lie",
        "The provider believes that somebody was changed or removed who never was there.",
        "Answer 404 to everything on an id that is unknown or deleted.",
        _ONE,
    ),
    "empty 204": Rule(
        ("RFC7644-3.6-06", "RFC7644-3.5.2-25"),
        "refusal",
        "What follows 204 is read as the next answer on the connection: the client sees nonsense.",
        "Answer DELETE with 204 and nothing behind it; PATCH with 200 and the resource, or 204.",
        frozenset(["delete", "patch"]),
    ),
    "bulk": Rule(
        ("RFC7644-3.7-04", "RFC7644-3.7-16"),
        "refusal",
        "The client does not know which of its changes were carried out.",
        "Answer with a BulkResponse that holds the status of each operation.",
        frozenset(["bulk"]),
    ),
}


def ids_for(action: str) -> list[str]:
    """The requirements that are looked at after a kind of request."""
    return list(
        dict.fromkeys(id_ for rule in RULES.values() if not rule.actions or action in rule.actions for id_ in rule.ids)
    )
