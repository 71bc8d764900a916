"""Results of bulk requests, in every form that the RFC and its errata print."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import by_bulk_id, code, error_of, results
from tests.conformance.answers import answer


@pytest.mark.parametrize("status", ["201", 201, {"code": "201"}, {"code": 201}])
def test_a_status_is_read_in_each_of_its_forms(status: Any) -> None:
    assert code({"status": status}) == "201"


def test_an_error_stands_in_the_response_or_beside_the_status() -> None:
    assert error_of({"response": {"detail": "x"}}) == {"detail": "x"}
    assert error_of({"status": "400", "detail": "x"}) == {"detail": "x"}
    assert error_of({"status": "204"}) == {}


def test_results_are_found_by_their_bulk_id() -> None:
    found = by_bulk_id(answer(200, {"Operations": [{"bulkId": "a", "status": "201"}, {"status": "204"}]}))
    assert found["a"]["status"] == "201"
    with pytest.raises(Finding, match="no result has the bulkId of the operation"):
        found["b"]


@pytest.mark.parametrize("body", [{}, {"Operations": {}}, {"Operations": ["x"]}, {"Operations": []}])
def test_anything_else_is_a_finding(body: Any) -> None:
    with pytest.raises(Finding):
        results(answer(200, body), 1)
