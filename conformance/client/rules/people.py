"""How the client treats people: what a deactivation, a rename, or a change of membership looks like on the wire."""

from __future__ import annotations

from collections import Counter

from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import Sent, Write, named_value
from conformance.client.wanted import active_in, names_by_id
from conformance.requirements.json_values import type_name
from conformance.requirements.verdict import Verdict
from simulator.wording import counted


def _note(message: str, got: str = "") -> Complaint:
    return Complaint(message, "", got, Verdict.NOTE)


def deactivation(journey: Journey) -> Judged:
    forms: Counter[str] = Counter()
    first: dict[str, Sent] = {}
    for write in journey.writes:
        if write.endpoint == "Users" and (form := _form_of_end(write)):
            forms[form] += 1
            first.setdefault(form, write.sent)
    for form, count in forms.items():
        yield first[form], _note(f"{counted(count, 'user')} lost access by {form}.")


def _form_of_end(write: Write) -> str:
    if write.method == "DELETE":
        return "DELETE"
    if write.method not in ("PATCH", "PUT") or active_in(write) is not False:
        return ""
    if write.method == "PUT":
        return "PUT of the whole user with active false"
    with_path = any(str(one.get("path", "")).lower() == "active" for one in write.operations)
    kinds = {type_name(one.get("value")) for one in write.operations if str(one.get("path", "")).lower() == "active"}
    return f"PATCH of active with a {' and a '.join(sorted(kinds))}" if with_path else "PATCH without a path"


def deactivates_by_patch(journey: Journey) -> Judged:
    for write in journey.writes:
        if write.endpoint == "Users" and write.method in ("PATCH", "PUT") and active_in(write) is False:
            wrong = write.method == "PUT"
            told = Complaint("A user is deactivated with PUT.", "PATCH of active", write.sent.told)
            yield write.sent, told if wrong else None


def rename(journey: Journey) -> Judged:
    names = names_by_id(journey)
    gone: dict[str, str] = {}
    for sent in journey.sent:
        for resource in sent.resources():
            if isinstance(external := resource.get("externalId"), str):
                gone.setdefault(str(resource.get("id")), external)
    deleted: dict[str, Write] = {}
    for write in journey.writes:
        if write.endpoint != "Users":
            continue
        if write.method == "DELETE" and write.id in gone:
            deleted[gone[write.id]] = write
        external = named_value(write.body, "externalId")
        if write.method == "POST" and external in deleted and deleted[external].id in names:
            if str(named_value(write.body, "userName")).lower() != names[deleted[external].id].lower():
                message = "A rename deletes the user and creates another one, so the account loses its id and its data."
                yield write.sent, Complaint(message, "a change of userName", write.sent.told)
        elif write.method in ("PATCH", "PUT") and b"username" in write.sent.raw.lower() and write.method == "PATCH":
            yield write.sent, _note("A rename changes userName and keeps the id.")


def membership(journey: Journey) -> Judged:
    kinds: Counter[str] = Counter()
    first: dict[str, Sent] = {}
    for write in journey.writes:
        if write.endpoint != "Groups" or b'"members' not in write.sent.raw or write.method == "POST":
            continue
        replaced = any(
            str(one.get("op", "")).lower() == "replace" and "members" in str(one) for one in write.operations
        )
        kind = "whole lists" if write.method == "PUT" or replaced else "differences"
        kinds[kind] += 1
        first.setdefault(kind, write.sent)
    for kind, count in kinds.items():
        yield (
            first[kind],
            _note(f"{counted(count, 'request changes', 'requests change')} memberships as {kind}."),
        )


def requests_per_change(journey: Journey) -> Judged:
    if journey.writes:
        sent, writes = len(journey.sent), len(journey.writes)
        told = f"{counted(sent, 'request carries', 'requests carry')} {counted(writes, 'change')}: {sent / writes:.1f} each."
        yield journey.writes[0].sent, _note(told)


def order_of_groups(journey: Journey) -> Judged:
    made = [write for write in journey.created if write.sent.ok]
    users = [write.sent.number for write in made if write.endpoint == "Users"]
    groups = [write for write in made if write.endpoint == "Groups"]
    if users and groups:
        before = groups[0].sent.number < users[0]
        order = "groups before users" if before else "users before groups"
        yield groups[0].sent, _note(f"The client creates {order}.")


def second_run(journey: Journey) -> Judged:
    """Only resources of the first run that it did not delete say something about the second one."""
    names = _names(journey)
    first = [write for write in journey.writes if write.sent.number < journey.second_run]
    deleted = {_called(write, names).lower() for write in first if write.method == "DELETE"}
    known = {_called(write, names).lower() for write in first} - deleted
    second = [write for write in journey.writes if write.sent.number >= journey.second_run]
    again = [write for write in second if _called(write, names).lower() in known]
    if known and again:
        message = "A second, identical run writes again although nothing has changed."
        yield again[0].sent, Complaint(message, "no write", counted(len(again), "write"))
    elif known and not second and journey.sent[-1].number >= journey.second_run:
        yield journey.sent[-1], None


def _names(journey: Journey) -> dict[str, str]:
    """The names of users and groups by id."""
    groups = [one for sent in journey.sent if sent.endpoint == "Groups" for one in sent.resources()]
    return {**{str(one.get("id")): str(one.get("displayName")) for one in groups}, **names_by_id(journey)}


def _called(write: Write, names: dict[str, str]) -> str:
    """The name of the user or group that a write is about."""
    named = named_value(write.body, "userName" if write.endpoint == "Users" else "displayName")
    return names.get(write.id) or (named if isinstance(named, str) else "")
