"""A new person, and a short form of the requests that a target received, for the tests of profiles."""

from __future__ import annotations

from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'


def anna(engine: Engine) -> str:
    """A new person; the object id."""
    return engine.person("Anna Smith", mail="anna@contoso.com", jobTitle="Clerk")


def verbs(target: FakeTarget) -> list[str]:
    """Method and path of each request, without query."""
    return [
        f"{line.split(' ')[0]} {line.split(' ')[1].partition('?')[0].removeprefix('/scim')}" for line in target.lines()
    ]
