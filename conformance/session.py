"""What a check works with: requests with readable names, resources of its own, and their removal afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from conformance.client import Answer, Client, NoAnswer
from conformance.target import GROUP_URN, USER_URN, Target
from conformance.verdict import Finding, Undecided, Verdict

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MARKER = "scimulator-check"  # in the userName and displayName of everything the suite makes


class Session:
    """One check's view of the target. `scim.get(...)` and its like never raise for a status."""

    def __init__(self, client: Client, target: Target, run_id: str, numbers: itertools.count[int]) -> None:
        self.client = client
        self.target = target
        self._run_id = run_id
        self._numbers = numbers
        self._made: list[str] = []
        self.remarks: list[Finding] = []

    # ── requests ──

    def get(self, path: str, **parameters: Any) -> Answer:
        return self.client.send("GET", path, parameters=parameters)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        answer = self.client.send("POST", path, body, **options)
        self.remember(answer)
        return answer

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.client.send("PUT", path, body, **options)

    def patch(self, path: str, *operations: Mapping[str, Any], **options: Any) -> Answer:
        """A PATCH of these operations."""
        self.target.need("patch")
        return self.client.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.client.send("DELETE", path, **options)

    def search(self, expression: str, endpoint: str | None = None, **parameters: Any) -> Answer:
        """A list request with a filter."""
        self.target.need("filter")
        return self.get(endpoint or self.users, filter=expression, **parameters)

    # ── resources of this check ──

    @property
    def users(self) -> str:
        return self.target.need_type("User")

    @property
    def groups(self) -> str:
        return self.target.need_type("Group")

    def name(self) -> str:
        """A fresh name with the suite's marker."""
        return f"{MARKER}-{self._run_id}-{next(self._numbers)}"

    def user_body(self, **attributes: Any) -> dict[str, Any]:
        """A small valid user."""
        name = self.name()
        return {
            "schemas": [USER_URN],
            "userName": f"{name}@check.example",
            "name": {"givenName": "Check", "familyName": name},
            **attributes,
        }

    def group_body(self, **attributes: Any) -> dict[str, Any]:
        return {"schemas": [GROUP_URN], "displayName": self.name(), **attributes}

    def new_user(self, **attributes: Any) -> dict[str, Any]:
        """A user as the server made it; raises Undecided when it would not."""
        return self._new(self.users, self.user_body(**attributes))

    def new_group(self, **attributes: Any) -> dict[str, Any]:
        return self._new(self.groups, self.group_body(**attributes))

    def path_of(self, resource: Mapping[str, Any]) -> str:
        """`/Users/<id>` of a resource."""
        endpoint = self.groups if GROUP_URN in resource.get("schemas", ()) else self.users
        return f"{endpoint}/{resource['id']}"

    def read(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The resource as an independent GET shows it; raises Finding when it is gone."""
        answer = self.get(self.path_of(resource))
        if answer.status != 200 or not isinstance(answer.json, dict):
            raise Finding("the resource cannot be read back", "200 with the resource", f"{answer.status}")
        return dict(answer.json)

    def remember(self, answer: Answer) -> None:
        """Note what an answer created, so that it is removed."""
        if answer.status == 201 and isinstance(answer.json, dict) and isinstance(answer.json.get("id"), str):
            location = answer.headers.get("location")
            endpoint = self.users if USER_URN in (answer.json.get("schemas") or ()) else "/Groups"
            place = f"{self.client.base_url}{endpoint}/{answer.json['id']}"
            self._made.append(location if location and location.startswith(self.client.base_url + "/") else place)

    def remember_url(self, url: str) -> None:
        """Note a resource by its URL; one outside the target is left alone."""
        if url.startswith(self.client.base_url + "/"):
            self._made.append(url)

    # ── remarks that do not end the check ──

    def warn(self, message: str, expected: str = "", got: str = "") -> None:
        self.remarks.append(Finding(message, expected, got, Verdict.WARN))

    def note(self, message: str) -> None:
        self.remarks.append(Finding(message, verdict=Verdict.NOTE))

    # ── cleaning up ──

    def clean_up(self) -> list[str]:
        """Delete what this check made, last first; returns the URLs that are still there."""
        left = []
        for url in reversed(self._made):
            try:
                answer = self.client.send("DELETE", url)
            except NoAnswer:
                left.append(url)
                continue
            if answer.status not in (200, 202, 204, 404, 410):
                left.append(url)
        self._made.clear()
        return left

    def _new(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(endpoint, body)
        if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
            raise Undecided(f"set-up: POST {endpoint} answered {answer.status}, expected 201 with the resource")
        return dict(answer.json)
