"""The last probes of the preflight: one user and one group are created, read, and deleted, before any check depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.check_api.session import Plan, Session
from conformance.requirements.verdict import NotOffered
from conformance.run.cleanup import sweep
from conformance.run.preflight import Probe
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import Target
from simulator.stream.events import ProbeName

ABSENT = (404, 405, 501)  # answers to POST /Groups from a server that has no groups and publishes no resource types
PROBES: dict[str, ProbeName] = {"User": "creates a user", "Group": "creates a group"}
CHECK_BODY = "Compare the request with what the server expects; the checks cannot run without a user and a group."


def first_resources(client: Client, target: Target, plan: Plan) -> Iterator[Probe]:
    """A probe for each type that the target offers; nothing in a read-only run. `target` learns which type is missing."""
    if client.read_only:
        return
    for name, probe in PROBES.items():
        try:
            endpoint = target.need_type(name)
        except NotOffered:
            continue
        session = Session(client.for_check("preflight"), target, plan)
        try:
            answer = session.post(endpoint, session.body(name))
            if name == "Group" and not target.resource_types and answer.status in ABSENT:
                target.absent_types += (name,)
                found = Probe(probe, True, f"no groups (POST {endpoint} returned {answer.status})")
            else:
                found = _judged(probe, name, endpoint, answer)
        except NoAnswer as error:
            found = Probe(probe, False, f"POST {endpoint} got no response: {error}")
        doubted = session.doubts()
        session.clean_up()
        if doubted or not found.ok:
            sweep(client.for_check("preflight"), target, plan.run_id)  # what was created without a usable answer
        yield found  # at the end: a probe that fails ends the run and its stream


def _judged(probe: ProbeName, name: str, endpoint: str, answer: Answer) -> Probe:
    kind = name.lower()
    if answer.status != 201:
        told = f"the server does not create a {kind}: POST {endpoint} returned {answer.status} {shown(answer)}"
        return Probe(probe, False, told, CHECK_BODY)
    if not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), str):
        told = f"POST {endpoint} returned 201 without the {kind} and its id: {shown(answer)}"
        return Probe(probe, False, told, "Return 201 with the complete resource (RFC 7644 section 3.3).")
    return Probe(probe, True, f"creates a {kind}")


def shown(answer: Answer) -> str:
    """The detail or the body of a response, in one short line."""
    detail = answer["detail"]
    if isinstance(detail, str) and detail:
        return f'("{detail[:200]}")'
    text = answer.exchange.response_body[:200].decode("utf-8", "replace")
    return f"({' '.join(text.split())})" if text.strip() else "without a body"
