"""Read the discovery documents; each check requests them again, so that the report shows what its verdict is based on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.fields import Fields

CONFIG = "/ServiceProviderConfig"
TYPES = "/ResourceTypes"
SCHEMAS = "/Schemas"
CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
ABSENT = (404, 501)  # a server that does not publish this document
READ_ONLY = (400, 403, 404, 405, 409, 501)  # statuses that reject a write to a discovery endpoint

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """One attribute or sub-attribute of a published schema; `path` is its name in messages, `urn:…:User:name.givenName`."""

    path: str
    definition: Json
    parent: Json | None
    schema: str


def config(scim: Session) -> Json:
    """ServiceProviderConfig; raises NotOffered if it is missing, which another check reports."""
    answer = scim.get(CONFIG)
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise NotOffered(CONFIG)
    return Fields(answer.json)


def resource_types(scim: Session) -> list[Json]:
    """The entries of /ResourceTypes, from a ListResponse or a bare array; another check judges the form."""
    return _entries(scim, TYPES)


def schemas(scim: Session) -> list[Json]:
    """The entries of /Schemas, from a ListResponse or a bare array."""
    return _entries(scim, SCHEMAS)


def definitions(scim: Session) -> Iterator[Declared]:
    """Every attribute and sub-attribute of every schema; deeper levels, as in the Schema schema, are left out."""
    for schema in schemas(scim):
        urn = str(schema.get("id"))
        for attribute in objects(schema.get("attributes")):
            yield Declared(f"{urn}:{attribute.get('name')}", attribute, None, urn)
            for part in objects(attribute.get("subAttributes")):
                yield Declared(f"{urn}:{attribute.get('name')}.{part.get('name')}", part, attribute, urn)


def objects(listed: Any) -> list[Json]:
    """The objects in a list; empty for anything else."""
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def cannot_be_written(scim: Session, path: str) -> None:
    """POST, PUT, PATCH, and DELETE must be rejected and must not change the document."""
    before = expect.status(scim.get(path), 200)
    body = before.json if isinstance(before.json, dict) else {}
    changed = {**body, "description": "scimulator-check", "documentationUri": "https://check.example/"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = scim.client.send(method, path, None if method == "DELETE" else changed)
        if answer.status not in READ_ONLY:
            raise Finding(f"the server does not reject {method} {path}", "405, 501, 404, or 403", answer.told)
    after = scim.get(path)
    if _without_meta(after) != _without_meta(before):
        raise Finding(f"{path} changed after writes to it", _short(before), _short(after))


def one_of(declared: Declared, characteristic: str, allowed: set[str]) -> None:
    """The characteristic, if present, must be one of these keywords in exactly this spelling."""
    if characteristic in declared.definition and declared.definition[characteristic] not in list(
        allowed
    ):  # it can be a list
        raise Finding(
            f"{declared.path}: {characteristic} is not a keyword of RFC 7643",
            " ".join(sorted(allowed)),
            json_of(declared.definition[characteristic]),
        )


def is_link(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _entries(scim: Session, path: str) -> list[Json]:
    answer = scim.get(path)
    body = answer.json
    entries = objects(body.get("Resources") if isinstance(body, dict) else body)
    if answer.status in ABSENT or not entries:
        raise NotOffered(path)
    return entries


def _without_meta(answer: Answer) -> Any:
    body = answer.json
    return {name: value for name, value in body.items() if name != "meta"} if isinstance(body, dict) else body


def _short(answer: Answer) -> str:
    return answer.exchange.response_body[:160].decode("utf-8", "replace")
