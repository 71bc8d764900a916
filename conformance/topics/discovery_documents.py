"""The discovery documents as a check reads them: fetched anew, so that the report shows what the verdict rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
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
READ_ONLY = (403, 404, 405, 501)  # refusals of a write to a discovery endpoint

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """One attribute or sub-attribute of a published schema; `path` for a finding: `urn:…:User:name.givenName`."""

    path: str
    definition: Json
    parent: Json | None
    schema: str


def config(scim: Session) -> Json:
    """ServiceProviderConfig; NotOffered without one: that has a check of its own."""
    answer = scim.get(CONFIG)
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise NotOffered(CONFIG)
    return Fields(answer.json)


def resource_types(scim: Session) -> list[Json]:
    """The entries of /ResourceTypes, also of a bare array: its form has a check of its own."""
    return _entries(scim, TYPES)


def schemas(scim: Session) -> list[Json]:
    """The entries of /Schemas, likewise."""
    return _entries(scim, SCHEMAS)


def definitions(scim: Session) -> Iterator[Declared]:
    """Every attribute and sub-attribute of every schema; those below a sub-attribute (the schema of schemas) are left out."""
    for schema in schemas(scim):
        urn = str(schema.get("id"))
        for attribute in objects(schema.get("attributes")):
            yield Declared(f"{urn}:{attribute.get('name')}", attribute, None, urn)
            for part in objects(attribute.get("subAttributes")):
                yield Declared(f"{urn}:{attribute.get('name')}.{part.get('name')}", part, attribute, urn)


def objects(listed: Any) -> list[Json]:
    """The objects in a list; none for anything else."""
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def cannot_be_written(scim: Session, path: str) -> None:
    """POST, PUT, PATCH and DELETE are refused, and the document is as it was."""
    before = expect.status(scim.get(path), 200)
    body = before.json if isinstance(before.json, dict) else {}
    changed = {**body, "description": "scimulator-check", "documentationUri": "https://check.example/"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = scim.client.send(method, path, None if method == "DELETE" else changed)
        if answer.status not in READ_ONLY:
            raise Finding(f"{method} {path} is not refused", "405, 501, 404 or 403", answer.told)
    after = scim.get(path)
    if _without_meta(after) != _without_meta(before):
        raise Finding(f"{path} changed", _short(before), _short(after))


def one_of(declared: Declared, characteristic: str, allowed: set[str]) -> None:
    """The characteristic, where it is given, is one of these words, spelt exactly so."""
    if characteristic in declared.definition and declared.definition[characteristic] not in allowed:
        raise Finding(
            f"{declared.path}: {characteristic} is no word of the vocabulary",
            " ".join(sorted(allowed)),
            repr(declared.definition[characteristic]),
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
