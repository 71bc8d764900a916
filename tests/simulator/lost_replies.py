"""A target that carries out writes without confirming them, for the tests of every provider."""

from __future__ import annotations

from simulator.verify.compare import Comparison
from simulator.verify.projection import Projection
from tests.fake_target import Answer, FakeTarget, Received
from tests.simulator.engine import Engine

UNCONFIRMED: dict[str, Answer] = {"no response": None, "status 500": (500, {}), "unreadable": (200, [])}


def loses_replies(target: FakeTarget, answer: Answer = None) -> None:
    """From now on, each write is carried out and gets only `answer`."""

    def rule(request: Received) -> Answer | str:
        if request.method == "GET":
            return "well"
        target._well(request)
        return answer

    target.rule = rule


def answers_again(target: FakeTarget) -> None:
    """From now on, the target confirms what it carries out, and refuses a second user or group of the same name."""

    def rule(request: Received) -> Answer | str:
        if request.method == "POST":
            names = {str(held.get(name)) for held in target.resources.values() for name in ("userName", "displayName")}
            if str(request.json.get("userName") or request.json["displayName"]) in names:
                return 409, {}
        return "well"

    target.rule = rule


def differences(engine: Engine) -> list[tuple[str, str, str, str]]:
    """How the target differs from the directory."""
    resources = engine.target.resources
    expected = Projection(engine.job).update(everything=True)
    users, groups = ([held for key, held in resources.items() if key.startswith(kind)] for kind in ("Users", "Groups"))
    return [
        (one.kind, one.person, one.expected, one.found) for one in Comparison().differences(expected, users, groups)
    ]
