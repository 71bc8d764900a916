"""Converts an exchange into a curl command for a shell. The token comes from `$SCIM_TOKEN`."""

from __future__ import annotations

import shlex

from simulator.wire.exchange import Exchange

SHOWN_HEADERS = ("accept", "content-type", "if-match", "if-none-match")


def as_curl(exchange: Exchange) -> str:
    """A one-line curl command that sends the same request, with the bearer token from the environment."""
    words = ["curl", "-i", "-X", exchange.method, shlex.quote(exchange.url)]
    if "authorization" in exchange.request_headers:
        words += ["-H", '"Authorization: Bearer $SCIM_TOKEN"']
    for name in SHOWN_HEADERS:
        if name in exchange.request_headers:
            words += ["-H", shlex.quote(f"{name}: {exchange.request_headers[name]}")]
    if exchange.request_body:
        words += ["--data-raw", shlex.quote(exchange.request_body.decode("utf-8", "replace"))]
    return " ".join(words)
