"""The server under test: that of --url or of the tenants file, or an embedded server for the duration of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from loadtests.target.connections import BadTenants, Connection, make_tenants
from loadtests.target.read_back import Resources, Unreadable, read_resource_types, read_target
from reference_server.embedded import ServerDidNotStart, embedded_server
from secrecy.redaction import learn
from simulator.run.leftovers import recognize
from simulator.stream.events import LeftoversEvent
from simulator.wire.urls import BadUrl, base_url, token_trouble
from simulator.wording import counted

ABSENT = (403, 404, 405, 501)  # of GET /Groups: the endpoint does not exist, or this client may not use it


class Refused(Exception):
    """An error with a one-line message and an exit code."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A target. `foreign` are the ids of resources that existed before the run; `name` is that of the tenant."""

    url: str
    token: str = field(repr=False)
    embedded: bool
    foreign: frozenset[str] = frozenset()
    name: str = ""
    without_groups: str = ""  # reason why groups are not provisioned; empty otherwise
    judges_groups: bool = True  # whether groups that cannot be read count as a difference
    leftovers: LeftoversEvent | None = None  # what an earlier run left

    def __post_init__(self) -> None:
        learn(self.token)


@contextmanager
def open_targets(
    url: str | None, token: str | None, tenants: int, connections: Sequence[Connection], tell: Callable[[str], None]
) -> Iterator[list[Target]]:
    """Open one target, or one per tenant, and check that it accepts the token. Raises Refused.

    `tenants` 0: a single target. Otherwise: that number of `connections`, or of new tenants on the embedded server.
    """
    if connections:
        yield [_reached(Target(way.url, way.token, embedded=False, name=way.name), tell) for way in connections]
    elif url is not None and token is not None:
        yield [_reached(Target(url.rstrip("/"), token, embedded=False), tell)]
    else:
        try:
            with embedded_server() as server:
                own = [Connection(server.base_url, server.token)]
                ways = make_tenants(server, tenants) if tenants else own
                yield [_reached(Target(way.url, way.token, embedded=True, name=way.name), tell) for way in ways]
        except (ServerDidNotStart, BadTenants) as error:
            raise Refused(str(error), 3) from None


def check_url(url: str, token: str | None, told: str = "") -> None:
    """Raise Refused for an invalid URL or token. `told` names their source, if it is not --url and --token."""
    of_url, of_token = (told, told) if told else ("--url", "--token")
    try:
        base_url(url)
    except BadUrl as error:
        raise Refused(f"{of_url}: {error}") from None
    if trouble := token_trouble(token):
        raise Refused(f"{of_token}: {trouble}")


def _reached(target: Target, tell: Callable[[str], None]) -> Target:
    """The target with the ids of its existing resources. The first request shows whether the target is usable."""
    groups: Resources = []
    try:
        users = read_target(target, "/Users", tell)
    except Unreadable as error:
        refused = error.status in (401, 403)
        told = f"rejects the token ({error.status})" if refused else f"cannot be used: {error}"
        raise Refused(f"{target.url} {told}", 3) from None
    endpoints = read_resource_types(target)
    if "/users" in endpoints and "/groups" not in endpoints:
        target = replace(target, without_groups="/ResourceTypes lists no groups", judges_groups=False)
    else:
        try:
            groups = read_target(target, "/Groups", tell)
        except Unreadable as error:
            target = replace(target, without_groups=str(error), judges_groups=error.status not in ABSENT)
    if target.without_groups:
        tell(f"  !          groups are not provisioned at {target.url}: {target.without_groups}")
    found = recognize(users, groups)
    if found.paths:
        made = f"{counted(len(found.users), 'user')} and {counted(len(found.groups), 'group')}"
        tell(f"  !          {target.url} contains {made} of an earlier run.")
        tell(f'             To remove them: scimulator clean --url {target.url} --token "$SCIM_TOKEN"')
    leftovers = found.event() if found.paths else None
    return replace(target, leftovers=leftovers, foreign=frozenset(str(item.get("id")) for item in users + groups))
