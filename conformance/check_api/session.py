"""The session of one check: sends requests, creates the check's own resources, and deletes them afterwards."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

from conformance.check_api.bodies import Bodies
from conformance.check_api.crowd import NO_CROWD, Crowd
from conformance.check_api.phantoms import answering_to, marked_but_unknown
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import GROUP_URN, Target
from conformance.target.fields import Fields
from conformance.target.hidden import without_hidden
from conformance.target.places import is_resource, segment

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MARKER = "scimulator-check"  # part of the userName and displayName of every resource that the suite creates
GONE = (200, 202, 204, 404, 410)  # statuses of a DELETE after which the resource no longer exists
MOST_ANSWERS = (
    10_000  # responses that one check may receive; no check needs more unless a list of the server never ends
)
APPEARED = "the server has a resource that no request created"


@dataclass(frozen=True, slots=True)
class Plan:
    """What all checks of a run share: id, seed, number of random cases per property, and crowd.

    `made` collects the ids of the resources that the checks have created, and the names in creates without a response.
    """

    run_id: str
    seed: int = 4711
    examples: int = 25
    crowd: Crowd = NO_CROWD
    made: set[str] = field(default_factory=set, compare=False)


class Session(Bodies):
    """The target as one check sees it. `scim.get(...)` and the other request methods never raise for a status."""

    def __init__(self, client: Client, target: Target, plan: Plan, attempt: int = 1) -> None:
        # Random values depend on the name of the check, not on the order, so that parallel runs send the same requests.
        key = crc32(client.check.encode())
        again = f"-again{attempt}" if attempt > 1 else ""  # resources of a failed attempt may still use the first names
        prefix = f"{MARKER}-{plan.run_id}-{key:08x}{again}"
        super().__init__(target, random.Random(plan.seed ^ key), prefix, client.base_url)
        self.client = client
        self.seed = plan.seed
        self.examples = plan.examples
        self.crowd = plan.crowd
        self._mark, self._ids = f"{MARKER}-{plan.run_id}-", plan.made
        self._unknown: list[str] = []  # made-up ids that this check may have sent
        self._made: list[str] = []
        self._doubted: dict[str, str] = {}  # those of `_made` that were returned with another name than the one sent
        self._lost: list[tuple[str, str, str]] = []  # endpoint, attribute, and value of POSTs without a response
        self.remarks: list[Finding] = []

    # ── requests ──

    def get(self, path: str, **parameters: Any) -> Answer:
        """Raises Undecided if the check has received MOST_ANSWERS responses, for example pages whose cursors lead in a circle."""
        if len(self.client.answers) >= MOST_ANSWERS:
            raise Undecided(f"the check received {MOST_ANSWERS:,} responses and did not end; it was stopped")
        return self.client.send("GET", path, parameters=parameters)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        try:
            answer = self.client.send("POST", path, body, **options)
        except NoAnswer:
            self._remember_lost(path, body)
            raise
        self.remember(answer, body)
        return answer

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.client.send("PUT", path, self._filled.as_stored(path, body), **options)

    def patch(self, path: str, *operations: Mapping[str, Any], **options: Any) -> Answer:
        """Send a PATCH with these operations."""
        self.target.need("patch")
        return self.client.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.client.send("DELETE", path, **options)

    def search(self, expression: str, endpoint: str | None = None, **parameters: Any) -> Answer:
        """Send a list request with a filter."""
        self.target.need("filter")
        return self.get(endpoint or self.users, filter=expression, **parameters)

    # ── resources of this check ──

    @property
    def users(self) -> str:
        return self.target.need_type("User")

    @property
    def groups(self) -> str:
        return self.target.need_type("Group")

    def unknown(self) -> str:
        """A new, made-up id. A resource that has this id at the end of the check is a phantom."""
        self._unknown.append(str(uuid5(NAMESPACE_URL, f"{self._prefix}-{next(self._numbers)}")))
        return self._unknown[-1]

    def phantoms(self) -> list[str]:
        """The URLs of resources that have an id of `unknown`; they are deleted. Each id is looked up only once."""
        view = self.client.for_check(self.client.check)  # keeps these lookups from becoming the key request in a report
        found = [url for id_ in self._unknown for url in answering_to(view, self.target, id_)]
        self._unknown.clear()
        self._made += found
        return found

    def strays(self) -> list[str]:
        """The URLs of resources with this run's mark that no check has created; they are deleted."""
        found = marked_but_unknown(self.client, self.target, self._mark, self._ids)
        self._made += found
        return found

    def new_user(self, **attributes: Any) -> dict[str, Any]:
        """A new user as the server returned it; raises Undecided if the server does not create it."""
        return self._new(self.users, self.user_body(**attributes))

    def new_group(self, **attributes: Any) -> dict[str, Any]:
        if "members" in attributes:
            attributes["members"] = self.with_required_parts(attributes["members"])
        made = self._new(self.groups, self.group_body(**attributes))
        wanted = attributes.get("members")
        if wanted and not made.get("members") and not self.read(made).get("members"):
            self._add_members(made, wanted)
            return self.read(made)
        return made

    def new(self, type_name: str, *, full: bool = False, **attributes: Any) -> dict[str, Any]:
        """A new resource of any type; raises Undecided like `new_user`."""
        return self._new(self.target.need_type(type_name), self.body(type_name, full=full, **attributes))

    def path_of(self, resource: Mapping[str, Any]) -> str:
        """The path of a resource, such as `/Users/<id>`; raises Finding for an id that cannot be part of a URL."""
        if not isinstance(resource, Mapping):
            raise Finding("the response does not contain a resource", "a resource with an id", json_of(resource)[:160])
        place = segment(resource["id"])
        if not place:
            raise Finding(
                "the id is not a string that can be part of a URL", "a non-empty string", json_of(resource["id"])
            )
        return f"{self._endpoint_of(resource)}/{place}"

    def read(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The resource as a GET returns it; raises Finding if it cannot be read."""
        answer = self.get(self.path_of(resource))
        if answer.status != 200 or not isinstance(answer.json, dict):
            raise Finding("the resource cannot be read back", "200 with the resource", answer.told)
        return Fields(answer.json)

    def plain(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The resource without attributes that are returned only on request: responses to writes have them, a GET does not."""
        return without_hidden(self.target, resource)

    def remember(self, answer: Answer, sent: Any = None) -> None:
        """Remember a created resource, by its id or else its location, so that it is deleted at the end."""
        if answer.status < 300 and isinstance(answer["id"], str):
            self._ids.add(answer["id"])
        endpoint = self._posted_to(answer)
        if answer.status != 201 or not endpoint:
            return
        if place := segment(answer["id"]):
            self._made.append(f"{self.client.base_url}{endpoint}/{place}")
            if isinstance(answer.json, dict):
                self._filled.learn(self._made[-1], answer.json)
            if (name := _name_in(sent)) and _name_in(answer.json) != name:
                self._doubted[self._made[-1]] = name
        elif is_resource(self.client.base_url, endpoint, location := answer.headers.get("location", "")):
            self._made.append(location)

    def doubts(self) -> bool:
        """Whether a POST returned another name than the one sent: the id may belong to a resource of another client."""
        return bool(self._doubted)

    def remember_url(self, url: str) -> None:
        """Remember a resource by its URL; a URL that is not that of a single resource of the target is ignored."""
        if any(is_resource(self.client.base_url, endpoint, url) for endpoint in self._endpoints()):
            self._made.append(url)
            self._ids.add(url.rpartition("/")[2])

    # ── remarks that do not end the check ──

    def warn(self, message: str, expected: str = "", got: str = "") -> None:
        self.remarks.append(Finding(message, expected, got, Verdict.WARN))

    def note(self, message: str) -> None:
        self.remarks.append(Finding(message, verdict=Verdict.NOTE))

    # ── clean-up ──

    def clean_up(self) -> list[str]:
        """Delete the resources of this check and its phantoms, newest first; return the URLs of those that remain."""
        for url in self.phantoms():
            self.remarks.append(
                Finding(APPEARED, "404 for an id that the suite made up", url, Verdict.FAIL, level="lie")
            )
        left = [url for url in [*reversed(self._made), *self._found_again()] if not self._removed(url)]
        self._made.clear()
        self._lost.clear()
        return left

    def _removed(self, url: str) -> bool:
        """Whether a DELETE removed the resource; it is repeated once if there is no response.

        A resource that was returned with another name than the one sent is read first, because another client may own it.
        """
        for _ in range(2):
            try:
                if url in self._doubted and self._is_foreign(url):
                    return False
                return self.client.send("DELETE", url).status in GONE or self.client.send("GET", url).status == 404
            except NoAnswer:
                continue
        return False

    def _is_foreign(self, url: str) -> bool:
        answer = self.client.send("GET", url)
        shown = _name_in(answer.json)
        return answer.status == 200 and bool(shown) and shown != self._doubted[url] and MARKER not in shown

    def _found_again(self) -> list[str]:
        """The URLs of resources whose POST had no response, or endpoint and name if the target cannot be searched."""
        found = []
        for endpoint, attribute, value in self._lost:
            try:
                listed = self.client.send("GET", endpoint, parameters={"filter": f'{attribute} eq "{value}"'})
            except NoAnswer:
                found.append(f"{self.client.base_url}{endpoint}?{attribute}={value}")
                continue
            for item in listed["Resources"] if isinstance(listed["Resources"], list) else ():
                same = isinstance(item, dict) and str(item.get(attribute, "")).lower() == value.lower()
                if same and (place := segment(item.get("id"))):
                    found.append(f"{self.client.base_url}{endpoint}/{place}")
        return found

    def _endpoints(self) -> list[str]:
        """The endpoints of all resource types, including those of users and groups if the target publishes none."""
        published = [self.target.endpoint_of(rtype) for rtype in self.target.resource_types if "endpoint" in rtype]
        return list(dict.fromkeys([*published, "/Users", "/Groups"]))

    def _posted_to(self, answer: Answer) -> str:
        """The endpoint that a POST was sent to or below; empty for any other path."""
        path = answer.exchange.url.partition("?")[0].removeprefix(self.client.base_url)
        return next((place for place in self._endpoints() if path == place or path.startswith(f"{place}/")), "")

    def _remember_lost(self, path: str, body: Any) -> None:
        for name in ("userName", "displayName"):
            value = body.get(name) if isinstance(body, dict) else None
            if isinstance(value, str) and MARKER in value and "/." not in path:
                self._lost.append((path.removeprefix(self.client.base_url), name, value))
                self._ids.add(value.lower())
                return

    def _new(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(endpoint, body)
        if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
            raise Undecided(f"setup: POST {endpoint} returned {answer.told}, expected 201 with the resource")
        return Fields(answer.json)

    def _add_members(self, group: dict[str, Any], members: Any) -> None:
        """Add members by PATCH, because a server may ignore values in a POST (RFC 7644 3.3), and some ignore members."""
        with suppress(NotOffered):
            self.patch(self.path_of(group), {"op": "add", "path": "members", "value": members})
        if not self.read(group).get("members"):
            raise Finding("POST ignores the members of a new group", "the members sent", "none", Verdict.WARN)

    def _endpoint_of(self, resource: Mapping[str, Any]) -> str:
        schemas = resource.get("schemas") or ()
        for rtype in self.target.resource_types:
            if rtype.get("schema") in schemas and isinstance(rtype.get("endpoint"), str):
                return self.target.endpoint_of(rtype)
        return self.groups if GROUP_URN in schemas else self.users


def _name_in(body: Any) -> str:
    """The name of a user or group in lower case; empty if there is none."""
    named = (body.get("userName") or body.get("displayName")) if isinstance(body, dict) else None
    return named.lower() if isinstance(named, str) else ""
