"""Drives schemathesis: generated requests for every operation, three verdicts on each answer, deterministic by seed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

from conformance.client import Answer, Client, NoAnswer
from conformance.fuzz.openapi import openapi_document
from conformance.session import MARKER
from conformance.target import Target

Event = dict[str, Any]
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
REQUIREMENTS = {"read": "RFC7644-3.12-10", "list": "RFC7644-3.12-16", "create": "RFC7644-3.12-16"}


class _Wrong(AssertionError):
    """An answer that no SCIM server may give."""


def run_fuzz(client: Client, target: Target, *, seed: int, examples: int, write: Callable[[Event], None]) -> list[str]:
    """One check event per operation; returns the URLs that could not be removed."""
    import schemathesis
    from schemathesis.core.result import Ok

    document = openapi_document(target, client.base_url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(document)
        operations: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    fuzzer = _Fuzzer(client, seed, examples)
    for operation in operations:
        write(fuzzer.fuzz(operation))
    return fuzzer.clean_up()


class _Fuzzer:
    """Generates, sends, judges, remembers what was made."""

    def __init__(self, client: Client, seed: int, examples: int) -> None:
        self._client = client
        self._seed = seed
        self._examples = examples
        self._made: list[str] = []
        self._number = 0

    def fuzz(self, operation: Any) -> Event:
        label = f"{operation.method.upper()} {operation.path}"
        self._client.check = f"fuzz::{label}"
        begun = time.perf_counter()
        wrong: _Wrong | NoAnswer | None = None

        @hypothesis.seed(self._seed)
        @hypothesis.settings(
            max_examples=self._examples,
            database=None,
            deadline=None,
            derandomize=False,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @hypothesis.given(case=operation.as_strategy())
        def one(case: Any) -> None:
            self._judge(self._send(case))

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                one()
        except (_Wrong, NoAnswer) as error:
            wrong = error
        return self._event(label, operation, wrong, (time.perf_counter() - begun) * 1000)

    def clean_up(self) -> list[str]:
        left = []
        for url in reversed(self._made):
            try:
                if self._client.send("DELETE", url).status not in (200, 202, 204, 404, 410):
                    left.append(url)
            except NoAnswer:
                left.append(url)
        return left

    def _send(self, case: Any) -> Answer:
        path = case.path
        for name, value in (case.path_parameters or {}).items():
            path = path.replace("{" + name + "}", str(value))
        body = case.body if isinstance(case.body, dict) else None
        if body is not None and "userName" in body:
            # The marker tells whose it is; the number keeps names apart.
            self._number += 1
            body = {**body, "userName": f"{MARKER}-fuzz-{self._seed}-{self._number}-{body['userName']}"}
        query = {name: value for name, value in (case.query or {}).items() if value is not None}
        answer = self._client.send(case.method.upper(), path, body, parameters=query)
        if answer.status == 201 and isinstance(answer.json, dict) and answer.json.get("id"):
            self._made.append(f"{self._client.base_url}{case.path}/{answer.json['id']}")
        return answer

    @staticmethod
    def _judge(answer: Answer) -> None:
        """No 5xx, errors in SCIM's form, JSON on every body."""
        if answer.status >= 500 and answer.status != 501:
            raise _Wrong(f"a generated request is answered {answer.status}")
        if answer.status >= 400:
            body = answer.json
            if not isinstance(body, dict) or ERROR_URN not in (body.get("schemas") or ()):
                raise _Wrong(f"an error {answer.status} is not in SCIM's form")
            if body.get("status") != str(answer.status):
                raise _Wrong("the error's status is not the HTTP status as text")
        elif answer.exchange.response_body and not isinstance(answer.json, dict):
            raise _Wrong("the answer is no JSON object")

    def _event(self, label: str, operation: Any, wrong: Exception | None, spent: float) -> Event:
        summary = str(operation.definition.raw.get("summary", label))
        requirement = REQUIREMENTS.get(summary.split()[0], "RFC7644-3.12-16")
        undecided = isinstance(wrong, NoAnswer)
        return {
            "event": "check",
            "id": f"fuzz::{label}",
            "name": label,
            "file": "fuzz",
            "section": "",
            "rfc": "Fuzzing",
            "requirements": [requirement],
            "title": f"{summary}: {self._examples} generated requests, no 5xx, errors in SCIM's form",
            "verdict": "PASS" if wrong is None else "UNDECIDED" if undecided else "FAIL",
            "level": None if wrong is None else "refusal",
            "message": str(wrong) if wrong else "",
            "expected": "a SCIM answer" if wrong else "",
            "got": "",
            "consequence": "",
            "exchanges": [],
            "duration_ms": round(spent, 2),
        }
