"""One person in three columns (directory, target, account), and the timeline of that person as in the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from live_page.session.people import state_of
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.mapping.target_path import MANAGER_PATH, value_at
from simulator.mapping.values import is_missing, is_same
from simulator.report.leaver_exposure import collect_lives, duration_text
from simulator.report.timeline import draw_life
from simulator.run.service_watch import Account
from simulator.wire.exchange import Exchange

# Target path → field of the embedded server's account.
ACCOUNT_FIELDS = {
    "userName": "user_name",
    "displayName": "display_name",
    'emails[type eq "work"].value': "email",
    "active": "status",
}
ONLY_IN_ACCOUNT = ("roles", "sites", "boards")
LONGEST_TIMELINE = timedelta(days=21)


async def person_details(play: Playthrough, object_id: str) -> dict[str, Any]:
    """The person with the rows of the three columns. Reads the target now. Raises Problem."""
    simulation = play.simulation
    user = simulation.directory.users.get(object_id)
    if user is None:
        raise Problem("This person is no longer in the directory.", "Choose another one in the list.")
    exchange = await simulation.read_user(object_id)
    account = await simulation.account_of(object_id)
    held = exchange.response_json() if exchange is not None and exchange.status == 200 else None
    resource = held if isinstance(held, dict) else None
    directory = simulation.directory
    manager = directory.users.get(user.manager or "")
    return {
        "id": object_id,
        "name": user.name,
        "user_name": user.attributes.get("userPrincipalName"),
        "state": state_of(play, user),
        "attributes": {name: value for name, value in user.attributes.items() if value is not None},
        "manager": None if manager is None else {"id": manager.object_id, "name": manager.name},
        "groups": [
            {"id": id_, "name": directory.groups[id_].name}
            for id_ in directory.groups_of(object_id)
            if id_ in directory.groups
        ],
        "target_id": simulation.job.state.users.get(object_id),
        "target": _target_sentence(exchange, resource),
        "has_accounts": play.access.embedded,
        "account": account,
        "rows": _rows(play, object_id, resource, account),
    }


def person_timeline(play: Playthrough, object_id: str) -> dict[str, Any]:
    """The timeline as a drawing, and how long the person kept access after leaving, in sentences."""
    events = play.recording.of_person(object_id)
    life = collect_lives(events).get(object_id)
    if life is None:
        return {"svg": None, "exposures": []}
    now = play.simulation.now
    start = max(play.scenario.start, now - LONGEST_TIMELINE)
    sentences = []
    for exposure in life.exposures:
        length = "has not ended" if exposure.minutes is None else f"lasted {duration_text(exposure.minutes)}"
        sentences.append({"sentence": f"Access after leaving {length}.", "steps": exposure.steps})
    return {"svg": draw_life(life, start, now), "exposures": sentences, "marks": _marks(events)}


def _marks(events: list[Any]) -> list[dict[str, Any]]:
    """What happened to the person, newest first: changes, requests, and the account."""
    found = []
    for event in events:
        match event["event"]:
            case "change":
                detail = ", ".join(f"{key} {value}" for key, value in event["detail"].items())
                found.append({"at": event["at"], "kind": "directory", "what": event["what"], "detail": detail})
            case "exchange":
                status = event["status"] or event["failure"]
                found.append(
                    {
                        "at": event["virtual_at"],
                        "kind": "request",
                        "what": event["cause"].get("operation"),
                        "detail": str(status),
                        "exchange": event["number"],
                    }
                )
            case "account":
                detail = "can sign in" if event["access"] else "cannot sign in"
                at = max(filter(None, (event["at"], event["access_revoked_at"], event["deactivated_at"])))
                found.append({"at": at, "kind": "account", "what": event["status"], "detail": detail})
            case "expectation":
                detail = event["found"]
                found.append({"at": event["at"], "kind": "expectation", "what": event["text"], "detail": detail})
    return found[::-1]


def _target_sentence(exchange: Exchange | None, resource: dict[str, Any] | None) -> str:
    if exchange is None:
        return "Not in the target: no cycle has created or found this user."
    if resource is not None:
        return ""
    return f"The target does not show this user: GET returned {exchange.status or exchange.failure}."


def _rows(
    play: Playthrough, object_id: str, resource: dict[str, Any] | None, account: Account | None
) -> list[dict[str, Any]]:
    """One row for each attribute of the mapping. `differs` names the columns that do not show what the directory requires."""
    simulation = play.simulation
    context, user = simulation.job.context, simulation.directory.users[object_id]
    try:
        expected: dict[str, Any] = dict(context.values(user, context.scope(user)))
    except ExpressionError as error:
        raise Problem(f"The mapping cannot be evaluated for this person: {error}") from None
    if simulation.job.schema.user.maps_reference("manager"):
        expected[MANAGER_PATH] = simulation.job.state.users.get(user.manager or "")
    rows = []
    for path, wanted in expected.items():
        held = None if resource is None else _value(resource, path)
        shown = _account_value(account, path)
        differs = [] if resource is None or _agrees(wanted, held) else ["target"]
        if account is not None and path in ACCOUNT_FIELDS and not _agrees(_text(wanted), _text(shown)):
            differs.append("account")
        if path == MANAGER_PATH:
            wanted, held = _name_of(play, wanted), _name_of(play, held)
        rows.append(
            {
                "path": path,
                "directory": _text(wanted),
                "target": _text(held),
                "account": _text(shown),
                "differs": differs,
            }
        )
    if account is not None:
        for name in ONLY_IN_ACCOUNT:
            rows.append({"path": name, "directory": "", "target": "", "account": _text(account[name]), "differs": []})
    return rows


def _name_of(play: Playthrough, target_id: Any) -> Any:
    """The name of the person whom a user of the target belongs to; the id of a stranger."""
    return play.name_of(play.simulation.job.state.owners.get(target_id, "")) or target_id


def _value(resource: dict[str, Any], path: str) -> Any:
    held = value_at(resource, path)
    return held.get("value") if path == MANAGER_PATH and isinstance(held, dict) else held


def _account_value(account: Account | None, path: str) -> Any:
    field = ACCOUNT_FIELDS.get(path)
    if account is None or field is None:
        return None
    return account["status"] == "active" if field == "status" else account[field]


def _agrees(wanted: Any, held: Any) -> bool:
    if isinstance(wanted, list):
        return not is_missing(wanted, held)
    return is_same(wanted, held)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
