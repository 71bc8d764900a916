"""Sends generated cases: marks what they create, protects resources of others, and removes what it created."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from conformance.fuzz.answers import FORGED, Sent
from conformance.fuzz.bodies import forge, mark, mark_patch, refer
from conformance.fuzz.openapi import STRANGER, Described
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.places import is_resource, segment

GONE = (200, 202, 204, 404, 410)


class Sender:
    """One run's requests; `client` is the view of the check that is running, `prefix` begins every name.

    `left` gets the URLs that could not be removed. `homes` holds one resource of each type that exists during the
    whole run; PUT and PATCH work on it.
    """

    def __init__(self, client: Client, types: list[Described], prefix: str, left: list[str]) -> None:
        self.client = client
        self.left = left
        self.homes: dict[str, str] = {}
        self._types = {rtype.name: rtype for rtype in types}
        self._prefix = prefix
        self._number = 0
        self._made: dict[str, tuple[str, str]] = {}  # URL -> (type, id)
        self._deleted: set[tuple[str, str]] = set()
        self._lost = False

    def send(self, case: Any, *, at_home: bool = False, ids: Mapping[str, str] | None = None) -> tuple[Sent, Answer]:
        """Send one case; with `at_home`, most unknown ids are replaced with the id of a resource of the run.

        `ids` maps ids of the case to real ids. The response's exchange has the request as sent. Raises NoAnswer.
        """
        sent, path, data = self._prepared(case, at_home, ids or {})
        try:
            answer = self.client.send(sent.method, path, raw=data)
        except NoAnswer:
            self._lost = self._lost or sent.method in ("POST", "PUT")
            raise
        self._remember(sent, answer)
        return sent, answer

    def clean_up(self, *, homes: bool = False) -> None:
        """Remove the created resources, including the homes only if requested; those that remain go to `left`."""
        for url, (name, id_) in list(reversed(self._made.items())):
            if not homes and self.homes.get(name) == id_:
                continue
            del self._made[url]
            self._remove(url)
        if homes and self._lost:
            self._sweep()

    # From a case to a request

    def _prepared(self, case: Any, at_home: bool, ids: Mapping[str, str]) -> tuple[Sent, str, bytes | None]:
        facts = case.operation.definition.raw["x-scim"]
        sent = Sent(facts["action"], case.method.upper(), case.path, self._types.get(facts["type"]))
        positive = case.meta is None or case.meta.generation.mode.is_positive
        path = case.path
        if "{id}" in path:
            value = case.path_parameters.get("id")
            value = ids.get(value, value) if isinstance(value, str) else value
            path = path.replace("{id}", self._placed(sent, value, at_home))
        query = {name: value for name, value in (case.query or {}).items() if value is not None}
        if query:
            path += "?" + urlencode({name: _plain(value) for name, value in query.items()})
        data = self._data(sent, case.body, positive)
        asked: Mapping[str, Any] = case.body if sent.action == "search" and isinstance(case.body, dict) else query
        sent.projected = "attributes" in asked
        if positive and re.fullmatch("-?[0-9]{1,18}", count := str(asked.get("count"))):  # boundary values are strings
            sent.count = int(count)
        sent.path, sent.size = path, len(path) + len(data or b"")
        return sent, path, data

    def _placed(self, sent: Sent, value: Any, at_home: bool) -> str:
        """The id in the path; requests never change or remove a resource that this run did not create."""
        assert sent.rtype is not None
        name = sent.rtype.name
        if (name, value) in self._made.values() or (name, value) in self._deleted:
            sent.id, sent.unknown = value, (name, value) in self._deleted
            return quote(value, safe="")
        if not isinstance(value, str) or not re.match(STRANGER, value):
            if sent.action == "read" and str(value).strip("."):
                return quote(str(value), safe="%")
            value = _nobody(value)
        home = self.homes.get(name)
        if at_home and home and sent.action != "delete" and value[-1] in "0123456789ab":
            sent.id = home
            return quote(home, safe="")
        sent.id, sent.unknown = value, True
        return str(value)

    def _data(self, sent: Sent, body: Any, positive: bool) -> bytes | None:
        if not isinstance(body, dict | list | str | int | float | bool | None):
            held = getattr(body, "data", body)  # raw bytes that are not JSON, or no body
            return held if isinstance(held, bytes) else None
        body = copy.deepcopy(body)
        self._number += 1
        if isinstance(body, dict) and sent.action == "bulk":
            self._fit_bulk(body)
        elif isinstance(body, dict) and sent.rtype is not None and sent.action == "patch":
            self._fit_patch(body, sent.rtype, positive)
        elif isinstance(body, dict) and sent.rtype is not None and sent.action in ("create", "replace"):
            sent.forged = positive and zlib.crc32(json.dumps(body).encode()) % 2 == 0
            self._fit_resource(body, sent.rtype, positive)
            if sent.forged:
                forge(body, sent.rtype)
        return json.dumps(body).encode()

    def _fit_resource(self, body: dict[str, Any], rtype: Described, positive: bool, part: str = "") -> None:
        if positive:
            refer(body, rtype, self.homes)
        mark(body, lambda text: self._named(part + text), always=True)

    def _fit_patch(self, body: dict[str, Any], rtype: Described, positive: bool) -> None:
        for operation in body.get("Operations") or () if positive else ():
            if isinstance(operation.get("value"), dict):
                refer(operation["value"], rtype, self.homes)
        mark_patch(body, self._named)

    def _fit_bulk(self, body: dict[str, Any]) -> None:
        """Mark what a bulk request creates, and make its other operations use only unknown ids."""
        operations = body.get("Operations")
        for number, operation in enumerate(operations if isinstance(operations, list) else ()):
            if not isinstance(operation, dict):
                continue
            path = operation.get("path")
            rtype = next((held for held in self._types.values() if held.endpoint == path), None)
            if isinstance(operation.get("data"), dict) and rtype is not None:
                self._fit_resource(operation["data"], rtype, True, f"{number}-")
            if str(operation.get("method")).upper() != "POST" and not re.search("/" + STRANGER[1:], str(path)):
                operation["path"] = f"{next(iter(self._types.values())).endpoint}/{_nobody(path)}"

    def _named(self, text: str) -> str:
        return f"{self._prefix}-{self._number}-{text}"

    # From a response to what must be removed

    def _remember(self, sent: Sent, answer: Answer) -> None:
        success = 200 <= answer.status < 300
        if sent.action == "bulk":
            self._remember_bulk(answer)
        elif sent.action == "delete" and success and sent.rtype is not None:
            held = (sent.rtype.name, str(sent.id))
            self._deleted.add(held)
            self._made = {url: made for url, made in self._made.items() if made != held}
        elif sent.rtype is not None and _may_create(sent, answer) and (success or answer.status >= 500):
            self._remember_one(sent.rtype, answer, home=sent.action == "create" and success)

    def _remember_one(self, rtype: Described, answer: Answer, *, home: bool) -> None:
        id_, location = answer["id"], answer.headers.get("location")
        if (place := segment(id_)) and id_ != FORGED:
            if home:
                self.homes.setdefault(rtype.name, id_)
            self._made[f"{self.client.base_url}{rtype.endpoint}/{place}"] = (rtype.name, id_)
            if not location or location.endswith((f"/{place}", "/" + quote(id_, safe=""))):
                return
        self._lost = not self._remember_url(location) or self._lost

    def _remember_bulk(self, answer: Answer) -> None:
        results = answer["Operations"]
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict) and str(result.get("method")).upper() == "POST":
                self._remember_url(result.get("location"))
        self._lost = True  # resources that a result does not show are found by name

    def _remember_url(self, location: Any) -> bool:
        """Remember a resource by its URL; URLs outside the target are ignored."""
        places = [rtype.endpoint for rtype in self._types.values()]
        if not isinstance(location, str) or not any(is_resource(self.client.base_url, at, location) for at in places):
            return False
        self._made.setdefault(location, ("", location))
        return True

    # Removal

    def _remove(self, url: str) -> None:
        try:
            if self.client.send("DELETE", url).status not in GONE and self.client.send("GET", url).status != 404:
                self.left.append(url)
        except NoAnswer:
            self.left.append(url)

    def _sweep(self) -> None:
        """Find resources that no response showed by name; only names with this run's prefix are removed."""
        for rtype in self._types.values():
            plain = [held["name"] for held in rtype.core if held["name"] in ("userName", "displayName")]
            for name in [*plain[:1], "externalId"]:
                parameters = {"filter": f'{name} sw "{self._prefix}-"', "count": 200}
                try:
                    listed = self.client.send("GET", rtype.endpoint, parameters=parameters)["Resources"]
                except NoAnswer:
                    continue
                for item in listed if isinstance(listed, list) else ():
                    named = isinstance(item, dict) and str(item.get(name)).lower().startswith(self._prefix + "-")
                    if named and (place := segment(item.get("id"))):
                        self._remove(f"{self.client.base_url}{rtype.endpoint}/{place}")


def _may_create(sent: Sent, answer: Answer) -> bool:
    """Whether the request may have created a resource, also if it should not have."""
    if sent.action == "search":
        return answer.status == 201
    return sent.action == "create" or (sent.action == "replace" and sent.unknown)


def _nobody(value: Any) -> str:
    """An id that no resource has, the same for the same value."""
    return f"scimulator-check-{hashlib.sha1(repr(value).encode()).hexdigest()[:12]}"


def _plain(value: Any) -> str:
    """A query value as a string; lists and objects as JSON, because SCIM has no other form for them."""
    return value if isinstance(value, str) else json.dumps(value)
