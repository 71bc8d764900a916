"""The session of one check: sends requests, creates the check's own resources, and removes them afterwards."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from conformance.check_api.bodies import Bodies
from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import GROUP_URN, Target
from conformance.target.hidden import without_hidden

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MARKER = "scimulator-check"  # part of the userName and displayName of every resource that the suite creates
GONE = (200, 202, 204, 404, 410)  # answers to a DELETE after which the resource no longer exists


@dataclass(frozen=True, slots=True)
class Plan:
    """Values that all checks of a run share: the run's id, its seed, and the number of random cases per property."""

    run_id: str
    seed: int = 4711
    examples: int = 25


class Session(Bodies):
    """One check's view of the target. `scim.get(...)` and the other requests never raise for a status."""

    def __init__(self, client: Client, target: Target, plan: Plan, attempt: int = 1) -> None:
        # The check's name decides its random values, not the order of checks, so that parallel runs send the same.
        key = crc32(client.check.encode())
        again = f"-again{attempt}" if attempt > 1 else ""  # what an earlier attempt could not remove keeps its name
        prefix = f"{MARKER}-{plan.run_id}-{key:08x}{again}"
        super().__init__(target, random.Random(plan.seed ^ key), prefix, client.base_url)
        self.client = client
        self.seed = plan.seed
        self.examples = plan.examples
        self._made: list[str] = []
        self._lost: list[tuple[str, str, str]] = []  # endpoint, attribute and value of creations without an answer
        self.remarks: list[Finding] = []

    # ── requests ──

    def get(self, path: str, **parameters: Any) -> Answer:
        return self.client.send("GET", path, parameters=parameters)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        try:
            answer = self.client.send("POST", path, body, **options)
        except NoAnswer:
            self._remember_lost(path, body)
            raise
        self.remember(answer)
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

    def new_user(self, **attributes: Any) -> dict[str, Any]:
        """A user as the server created it; raises Undecided when the server does not create one."""
        return self._new(self.users, self.user_body(**attributes))

    def new_group(self, **attributes: Any) -> dict[str, Any]:
        made = self._new(self.groups, self.group_body(**attributes))
        wanted = attributes.get("members")
        if wanted and not made.get("members") and not self.read(made).get("members"):
            self._add_members(made, wanted)
        return made

    def new(self, type_name: str, *, full: bool = False, **attributes: Any) -> dict[str, Any]:
        """Create a resource of any type; raises Undecided like `new_user`."""
        return self._new(self.target.need_type(type_name), self.body(type_name, full=full, **attributes))

    def path_of(self, resource: Mapping[str, Any]) -> str:
        """`/Users/<id>` of a resource."""
        return f"{self._endpoint_of(resource)}/{resource['id']}"

    def read(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The resource as an independent GET shows it; raises Finding when it is gone."""
        answer = self.get(self.path_of(resource))
        if answer.status != 200 or not isinstance(answer.json, dict):
            raise Finding("the resource cannot be read back", "200 with the resource", f"{answer.status}")
        return dict(answer.json)

    def plain(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The resource without what is shown on request only: the answer to a write shows it, a GET does not."""
        return without_hidden(self.target, resource)

    def remember(self, answer: Answer) -> None:
        """Remember the resource that an answer created, so that it is removed."""
        if answer.status == 201 and isinstance(answer.json, dict) and isinstance(answer.json.get("id"), str):
            location = answer.headers.get("location")
            posted = answer.exchange.url.partition("?")[0]
            place = f"{posted}/{answer.json['id']}"
            self._made.append(location if location and location.startswith(self.client.base_url + "/") else place)
            self._filled.learn(place, answer.json)

    def remember_url(self, url: str) -> None:
        """Remember a resource by its URL; a URL outside the target is ignored."""
        if url.startswith(self.client.base_url + "/"):
            self._made.append(url)

    # ── remarks that do not end the check ──

    def warn(self, message: str, expected: str = "", got: str = "") -> None:
        self.remarks.append(Finding(message, expected, got, Verdict.WARN))

    def note(self, message: str) -> None:
        self.remarks.append(Finding(message, verdict=Verdict.NOTE))

    # ── cleaning up ──

    def clean_up(self) -> list[str]:
        """Delete the resources of this check, last first; returns the URLs of those that remain."""
        left = [url for url in [*reversed(self._made), *self._found_again()] if not self._removed(url)]
        self._made.clear()
        self._lost.clear()
        return left

    def _removed(self, url: str) -> bool:
        """Whether a DELETE removed the resource; it is sent once more when there is no answer."""
        for _ in range(2):
            try:
                return self.client.send("DELETE", url).status in GONE or self.client.send("GET", url).status == 404
            except NoAnswer:
                continue
        return False

    def _found_again(self) -> list[str]:
        """The URLs of resources whose creation had no answer; endpoint and name when the target cannot be searched."""
        found = []
        for endpoint, attribute, value in self._lost:
            try:
                listed = self.client.send("GET", endpoint, parameters={"filter": f'{attribute} eq "{value}"'})
            except NoAnswer:
                found.append(f"{self.client.base_url}{endpoint}?{attribute}={value}")
                continue
            for item in (listed.json or {}).get("Resources") or () if isinstance(listed.json, dict) else ():
                if isinstance(item, dict) and str(item.get(attribute, "")).lower() == value.lower():
                    found.append(f"{self.client.base_url}{endpoint}/{item['id']}")
        return found

    def _remember_lost(self, path: str, body: Any) -> None:
        for name in ("userName", "displayName"):
            value = body.get(name) if isinstance(body, dict) else None
            if isinstance(value, str) and MARKER in value and "/." not in path:
                self._lost.append((path.removeprefix(self.client.base_url), name, value))
                return

    def _new(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(endpoint, body)
        if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
            detail = f" ({str(answer['detail'])[:160]})" if answer["detail"] else ""
            raise Undecided(f"set-up: POST {endpoint} answered {answer.status}{detail}, expected 201 with the resource")
        return dict(answer.json)

    def _add_members(self, group: dict[str, Any], members: Any) -> None:
        """Add members by PATCH: a server may ignore what is posted (RFC 7644 3.3), and some ignore members."""
        with suppress(NotOffered):
            self.patch(self.path_of(group), {"op": "add", "path": "members", "value": members})
        if not self.read(group).get("members"):
            raise Finding("the members of a new group are ignored", "the members sent", "none", Verdict.WARN)

    def _endpoint_of(self, resource: Mapping[str, Any]) -> str:
        schemas = resource.get("schemas") or ()
        for rtype in self.target.resource_types:
            if rtype.get("schema") in schemas and isinstance(rtype.get("endpoint"), str):
                return self.target.endpoint_of(rtype)
        return self.groups if GROUP_URN in schemas else self.users
