"""The server under load: the one of --url, or an embedded one for as long as the run lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from loadtests.end_state import Unreadable, read_target
from reference_server.embedded import ServerDidNotStart, embedded_server


class Refused(Exception):
    """One clear line and its exit code."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send; `foreign` are the ids that were there before and are nobody's business."""

    url: str
    token: str = field(repr=False)
    embedded: bool
    foreign: frozenset[str] = frozenset()


@contextmanager
def open_target(url: str | None, token: str | None, tell: Callable[[str], None]) -> Iterator[Target]:
    """The target, reached and its token accepted; raises Refused."""
    if url is None:
        try:
            with embedded_server() as server:
                yield _reached(Target(server.base_url, server.token, embedded=True), tell)
        except ServerDidNotStart as error:
            raise Refused(str(error), 3) from None
        return
    check_url(url, token)
    assert token is not None
    yield _reached(Target(url.rstrip("/"), token, embedded=False), tell)


def check_url(url: str, token: str | None) -> None:
    """Raises Refused for what cannot be a target."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:  # a port that is no number, half an IPv6 address
        usable = False
    if not usable:
        raise Refused(f'--url: expected http://host/path or https://host/path, got "{url}"')
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise Refused("--url: expected host and path only; a token goes into --token or SCIM_TOKEN")
    if not token:
        raise Refused("--token: a target needs its bearer token (or SCIM_TOKEN in the environment)")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Refused("--token: expected printable ASCII without blanks")


def _reached(target: Target, tell: Callable[[str], None]) -> Target:
    """The target with the ids of what it holds already; the first of these requests tells whether it can be used."""
    try:
        held = [item for endpoint in ("/Users", "/Groups") for item in read_target(target, endpoint, tell)]
    except Unreadable as error:
        refused = error.status in (401, 403)
        told = f"refuses the token ({error.status})" if refused else f"cannot be used: {error}"
        raise Refused(f"{target.url} {told}", 3) from None
    return Target(target.url, target.token, target.embedded, frozenset(str(item.get("id")) for item in held))
