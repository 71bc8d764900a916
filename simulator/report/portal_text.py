"""How the portal and Graph word an answer of the target that Entra did not expect; administrators search for this text.

The form is that of captured log entries (1Password/scim-examples#82, getsentry/sentry#84941).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from simulator.stream.events import ExchangeEvent

_MESSAGE = (
    "Processing of the HTTP request resulted in an exception. Please see the HTTP response returned by the 'Response' "
    "property of this exception for details."
)


def portal_reason(exchanges: Sequence[ExchangeEvent]) -> str | None:
    """The reason of a failure, from the latest answer with an error status; None where no answer has one."""
    for exchange in reversed(exchanges):
        status = exchange["status"]
        if status is not None and status >= 300:
            body = exchange["response_body"] or ""
            return f"StatusCode: {_name(status)}\r\nMessage: {_MESSAGE}\r\nWeb Response: \r\n{body}"
    return None


def _name(status: int) -> str:
    """The name in .NET's HttpStatusCode, which the log prints; the number of a status that has none."""
    try:
        return "".join(filter(str.isalnum, HTTPStatus(status).phrase.title()))
    except ValueError:
        return str(status)
