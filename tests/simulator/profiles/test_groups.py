"""Each provider changes groups and members with its own requests."""

from __future__ import annotations

import pytest

from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies
from tests.simulator.profiles.joiner import PATCH, anna


@pytest.mark.parametrize(
    ("idp", "lines"),
    [
        (
            "okta",  # O6: one request for who left and who joined, then the name again, path-less with the id
            [
                f'PATCH /Groups/g4 {PATCH}[{{"op":"remove","path":"members[value eq \\"u1\\"]"}},'
                '{"op":"add","path":"members","value":[{"value":"u3","display":"cleo@contoso.com"}]}]}',
                "GET /Groups/g4?excludedAttributes=members",
                f'PATCH /Groups/g4 {PATCH}[{{"op":"replace","value":{{"id":"g4","displayName":"Sales"}}}}]}}',
            ],
        ),
        (
            "okta-wizard",
            ['PUT /Groups/g4 {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g4","displayName":"Sales","members":[{"value":"u2"},{"value":"u3"}]}'],
        ),
        (
            "authentik",
            [
                "GET /Groups/g4?excludedAttributes=members",
                f'PATCH /Groups/g4 {PATCH}[{{"op":"add","path":"members","value":[{{"value":"u3"}}]}},'
                '{"op":"remove","path":"members","value":[{"value":"u1"}]}]}',
            ],
        ),
    ],
)  # fmt: skip
def test_membership(target: FakeTarget, idp: str, lines: list[str]) -> None:
    engine = Engine(target, idp=idp)
    people = [engine.person(f"{name} X") for name in ("Anna", "Bert", "Cleo")]
    group = engine.group("Sales", *people[:2])
    engine.cycle()
    engine.directory.remove_member(engine.now, group, people[0])
    engine.directory.add_member(engine.now, group, people[2])
    engine.cycle()
    assert bodies(target.lines()) == lines


def test_keycloak_omits_the_members_of_an_empty_group(target: FakeTarget) -> None:
    engine = Engine(target, idp="keycloak")
    person = anna(engine)
    group = engine.group("Sales", person)
    engine.cycle()
    engine.directory.remove_member(engine.now, group, person)
    engine.cycle()
    assert [line.partition(" ")[0] for line in target.writes()] == ["PUT"]
    assert "members" not in target.received[-1].json


def test_oktas_push_now_replaces_the_whole_list(target: FakeTarget) -> None:
    """O, observed: `replace members`, also with an empty list."""
    engine = Engine(target, idp="okta")
    engine.group("Sales", anna(engine))
    engine.group("Empty")
    engine.cycle()
    engine.job.restart()
    engine.cycle()
    pushed = [line for line in bodies(target.lines("PATCH")) if '"path":"members"' in line]
    assert pushed == [
        f'PATCH /Groups/g2 {PATCH}[{{"op":"replace","path":"members","value":[{{"value":"u1"}}]}}]}}',
        f'PATCH /Groups/g3 {PATCH}[{{"op":"replace","path":"members","value":[]}}]}}',
    ]
