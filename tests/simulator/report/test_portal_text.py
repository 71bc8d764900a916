"""The reason of a failure in the words of the portal (1Password/scim-examples#82)."""

from __future__ import annotations

import pytest

from simulator.report.portal_text import portal_reason
from tests.simulator.report.made_up_log import exchange

MESSAGE = (
    "Message: Processing of the HTTP request resulted in an exception. Please see the HTTP response returned by the "
    "'Response' property of this exception for details."
)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (404, "NotFound"),
        (409, "Conflict"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (599, "599"),
    ],
)
def test_reason_names_the_status_and_quotes_the_answer(status: int, name: str) -> None:
    answers = [exchange(1), exchange(2, status=status, response_body='{"detail":"no"}'), exchange(3, status=204)]
    assert portal_reason(answers) == f'StatusCode: {name}\r\n{MESSAGE}\r\nWeb Response: \r\n{{"detail":"no"}}'  # type: ignore[arg-type]


def test_no_answer_has_no_such_reason() -> None:
    assert portal_reason([]) is None
    assert portal_reason([exchange(1, status=None), exchange(2, status=201)]) is None  # type: ignore[list-item]
