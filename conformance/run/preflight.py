"""Preflight: probes before any check runs that find a wrong URL, a wrong token, or a target that is not a SCIM server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conformance.target.client import Answer, Client, InvalidHttp, NoAnswer
from conformance.target.discovery import is_config
from simulator.stream.events import PreflightEvent, ProbeName

MAX_SKEW_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe's outcome; a failed one that is `fatal` ends the run with exit code 3."""

    probe: ProbeName
    ok: bool
    sentence: str
    advice: str = ""
    fatal: bool = True

    def to_event(self) -> PreflightEvent:
        return {
            "event": "preflight",
            "probe": self.probe,
            "ok": self.ok,
            "sentence": self.sentence,
            "advice": "" if self.ok else self.advice,
        }


def run_preflight(client: Client) -> Iterator[Probe]:
    """The probes in order; stops after the first fatal failure."""
    try:
        yield from _probes(client)
    except InvalidHttp as error:
        request = f"{error.exchange.method} {error.exchange.url}"
        yield Probe("reachable", False, f"{request}: {error}", "Correct the server, or the proxy in front of it.")
    except NoAnswer as error:
        yield Probe(
            "reachable",
            False,
            f"no response: {error}",
            "Check that the server is running and that the host and port are correct.",
        )


def _probes(client: Client) -> Iterator[Probe]:
    first = client.send("GET", "/ServiceProviderConfig")
    yield Probe("reachable", True, "reachable")
    base = _base_path(client, first)
    yield base
    if not base.ok:
        return
    users = client.send("GET", "/Users", parameters={"count": 1})
    yield _token(users)
    if users.status in (401, 403):
        return
    if not _lists_users(users):
        listed = client.send("GET", "/Users")
        yield _not_a_list(users, fatal=not _lists_users(listed))
        if not _lists_users(listed):
            return
    yield _wrong_token(client)
    yield _content_type(users)
    yield _clock(users)


def _base_path(client: Client, first: Answer) -> Probe:
    """Whether the SCIM endpoints are at the URL, or at a URL above or below it."""
    if first.status in (401, 403):
        return Probe("base URL", True, "base URL responds")  # the token probe reports the problem
    if first.status == 200 and is_config(first.json):
        return Probe("base URL", True, "base URL correct")
    parts = urlsplit(client.base_url)
    above = f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}"
    for place in (above, *(client.base_url + tail for tail in ("/v2", "/scim/v2", "/scim"))):
        try:
            answer = client.send("GET", place + "/ServiceProviderConfig")
        except NoAnswer:
            continue
        if answer.status == 200 and is_config(answer.json):
            return Probe("base URL", False, f"the SCIM endpoints are at {place}", f"Use --url {place}.")
    users = client.send("GET", "/Users", parameters={"count": 1})
    if users.status == 200 and isinstance(users.json, dict) and "totalResults" in users.json:
        return Probe("base URL", True, "base URL correct, no ServiceProviderConfig")
    return Probe(
        "base URL",
        False,
        f"no SCIM server at {client.base_url}: /ServiceProviderConfig returned {first.status}, /Users returned {users.status}",
        "The base URL is the part of the URL before /Users.",
    )


def _lists_users(answer: Answer) -> bool:
    return answer.status == 200 and isinstance(answer.json, dict) and "totalResults" in answer.json


def _not_a_list(users: Answer, *, fatal: bool) -> Probe:
    """The request for one user failed; this is not fatal if a list without `count` works."""
    what = f"GET /Users?count=1 returned {users.status} {users.media_type or 'without a media type'} instead of a list of users"
    detail = users["detail"]
    told = f'{what}: "{detail[:200]}"' if isinstance(detail, str) and detail else what
    if not fatal:
        return Probe(
            "responds with SCIM",
            False,
            told,
            "GET /Users without count works. Implement count as in RFC 7644 section 3.4.2.4.",
            False,
        )
    if users.status >= 500:
        return Probe("responds with SCIM", False, told, "The server failed; look at its log.")
    return Probe("responds with SCIM", False, told, "There may be a proxy or a login page in front of the server.")


def _token(users: Answer) -> Probe:
    accepted = users.status not in (401, 403)
    return Probe(
        "token accepted",
        accepted,
        "token accepted" if accepted else f"the server rejects the token ({users.status})",
        "Check --token. The token must have permission to read /Users.",
    )


def _wrong_token(client: Client) -> Probe:
    held, client.token = client.token, f"wrong-{secrets.token_urlsafe(12)}"
    try:
        answer = client.send("GET", "/Users", parameters={"count": 1})
    finally:
        client.token = held
    refused = answer.status in (401, 403)
    return Probe(
        "wrong token rejected",
        refused,
        "wrong token rejected"
        if refused
        else f"the server accepts a wrong token ({answer.status}), so anyone can use it",
        "Require authentication for every SCIM endpoint.",
        fatal=False,
    )


def _content_type(users: Answer) -> Probe:
    scim = users.media_type in ("application/scim+json", "application/json")
    told = (
        "scim+json"
        if users.media_type == "application/scim+json"
        else f"responds with {users.media_type or 'no media type'}"
    )
    return Probe("content type", scim, told, "Responses should have the media type application/scim+json.", fatal=False)


def _clock(answer: Answer) -> Probe:
    date = answer.headers.get("date")
    if date is None:
        return Probe("clock", True, "no Date header", fatal=False)
    try:
        skew = abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return Probe("clock", False, f'the Date header "{date}" is not a date', fatal=False)
    ok = skew <= MAX_SKEW_SECONDS
    return Probe("clock", ok, f"clock ±{skew:.0f} s", "Correct the server's clock.", fatal=False)


def is_meaningless(statuses: Mapping[int, int]) -> bool:
    """Whether nearly all responses of a run were 401, 403, or 404: then it tested nothing, whatever the checks found."""
    total = sum(statuses.values())
    return total > 10 and sum(statuses.get(code, 0) for code in (401, 403, 404)) > 0.9 * total
