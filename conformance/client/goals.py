"""The goals of the situations: one function for each, found by name, that says what the client failed to reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from conformance.client.journey import Journey
from conformance.client.manners import (
    no_leak,
    no_lost_ids,
    no_read_only,
    no_storm,
    no_unknown,
    no_whole_list,
    quiet,
    refused,
    stopped,
    survived,
    waited,
)
from conformance.client.rule import Complaint, Missed
from conformance.client.rules.paging import pages_are_read_to_the_end
from conformance.client.sent import Sent, Write, named_value
from conformance.client.wanted import names_by_id, wishes
from conformance.requirements.json_values import json_of
from simulator.wording import counted

Goal = Callable[[Journey, Journey | None], Missed]


def accepted(journey: Journey, steady: Journey | None) -> Missed:
    for sent in journey.sent:
        if sent.status in (400, 405, 415, 501):
            told = str(sent.reply.get("detail", ""))[:160]
            yield sent, Complaint(f"The server rejected a request with {sent.status}.", "a success", told or sent.told)


def wanted_users(journey: Journey, steady: Journey | None) -> Missed:
    stored = Counter(_name(user) for user in journey.users)
    for name, wish in wishes(journey).items():
        if wish.deleted and stored[name]:
            yield wish.sent, Complaint("A user that the client deleted still exists.", "no user", wish.name)
        elif not wish.deleted and not stored[name] and wish.active is not False:
            yield wish.sent, Complaint("A user is missing at the end.", wish.name, "no such user")
    ids = Counter(str(user["externalId"]) for user in journey.users if user.get("externalId"))
    for external, count in ids.items():
        if count > 1:
            made = next((w.sent for w in journey.created if named_value(w.body, "externalId") == external), None)
            yield (
                made,
                Complaint("Two users have the same externalId at the end.", "one user", f"{count} of {external}"),
            )


def wanted_active(journey: Journey, steady: Journey | None) -> Missed:
    stored = {_name(user): user for user in journey.users}
    for name, wish in wishes(journey).items():
        user = stored.get(name)
        if user is not None and wish.active is not None and not wish.deleted:
            held = user.get("active", True)
            if held is not wish.active:
                state = "active" if held else "inactive"
                yield (
                    wish.sent,
                    Complaint(
                        f"A user is {state} at the end.", f"{wish.name} active {json_of(wish.active)}", json_of(held)
                    ),
                )


def carried_out(journey: Journey, steady: Journey | None) -> Missed:
    at = {sent.number: place for place, sent in enumerate(journey.sent)}
    ids, stored = names_by_id(journey), {_name(user) for user in journey.users}
    for write in journey.writes:
        sent = write.sent
        if sent.status is not None and sent.status not in (308, 412, 428, 429, 501) and sent.status < 500:
            continue
        later = [one for one in journey.writes if at[one.sent.number] > at[sent.number]]
        if any(_repeats(one, write) and (one.sent.ok or one.sent.status == 404) for one in later):
            continue
        named = named_value(write.body, "userName") if write.method == "POST" else None
        if isinstance(named, str) and named.lower() in stored:
            continue
        if write.method == "DELETE" and ids.get(write.id, "").lower() not in stored:
            continue
        status = f"{sent.status}" if sent.status else "no response"
        yield (
            sent,
            Complaint("A write that failed was never carried out.", f"{write.method} again", f"{sent.told}: {status}"),
        )


def _repeats(later: Write, write: Write) -> bool:
    if later.endpoint != write.endpoint:
        return False
    if write.method == "POST":
        name = "userName" if write.endpoint == "Users" else "displayName"
        return later.method == "POST" and named_value(later.body, name) == named_value(write.body, name)
    same_kind = (later.method == "DELETE") == (write.method == "DELETE")
    return same_kind and later.id == write.id and later.method != "POST"


def linked(journey: Journey, steady: Journey | None) -> Missed:
    for write in journey.created:
        if write.sent.status == 409 and write.endpoint == "Users":
            name = str(named_value(write.body, "userName") or "")
            held = [user for user in journey.users if _name(user) == name.lower()]
            ids = [str(user.get("id")) for user in held]
            later = [one for one in journey.sent if one.number > write.sent.number]
            found = any(_looks_up(one, name) or (one.id and one.id in ids) for one in later)
            changed = any(one.id in ids and one.method != "GET" for one in later)
            if not found:
                yield write.sent, Complaint("The client gave up after 409.", f"a look-up of {name}", "no look-up")
            elif not changed and (stale := _stale(write, held)):
                told = Complaint("The client found the existing user and did not update it.", stale, "no change")
                yield write.sent, told


def _stale(write: Write, held: list[dict[str, Any]]) -> str:
    """An attribute in which an existing user differs from what the client wanted to create; empty if there is none."""
    for user in held:
        for name, value in write.body.items():
            if isinstance(value, str | bool) and name.lower() != "username" and named_value(user, name) != value:
                return f"{name} {json_of(value)}"
    return ""


def _looks_up(sent: Sent, name: str) -> bool:
    return sent.is_list and (
        not sent.filter or name.lower() in unquote(sent.filter).lower() or "externalId" in sent.filter
    )


def recreated(journey: Journey, steady: Journey | None) -> Missed:
    names, stored = names_by_id(journey), {_name(user) for user in journey.users}
    for write in journey.writes:
        gone = write.method in ("PATCH", "PUT") and write.endpoint == "Users" and write.sent.status == 404
        name = names.get(write.id, "")
        wish = wishes(journey).get(name.lower())
        wanted = wish is not None and not wish.deleted and wish.active is not False
        if gone and name and wanted and name.lower() not in stored:
            yield (
                write.sent,
                Complaint("A user that was deleted on the server is missing at the end.", name, "no such user"),
            )


def read_all(journey: Journey, steady: Journey | None) -> Missed:
    seen = {str(one.get("id")) for sent in journey.sent for one in sent.resources()}
    missed = [user for user in journey.seeded if str(user["id"]) not in seen]
    lists = [sent for sent in journey.sent if sent.is_list and sent.endpoint == "Users" and not sent.filter]
    if missed and lists:
        total = len(journey.seeded)
        told = Complaint(
            "The client did not read the whole list.",
            counted(total, "user"),
            f"{total - len(missed)} of them",
        )
        yield lists[-1], told
    for sent, complaint in pages_are_read_to_the_end(journey):
        if complaint is not None:
            yield sent, complaint


def same_end(journey: Journey, steady: Journey | None) -> Missed:
    if steady is not None and journey.exits and not any(journey.exits) and wishes(steady) and not wishes(journey):
        yield journey.sent[-1], Complaint("The client wrote nothing, and ended without an error.", "an error", "0")
    if steady is None or not {_name(u) for u in steady.users} & set(wishes(journey)):
        return
    before, now = _state(steady), _state(journey)
    for name in sorted(set(before) | set(now)):
        if before.get(name) != now.get(name):
            last = journey.writes[-1].sent if journey.writes else None
            told = Complaint(
                f"{name} differs from what the client reaches without trouble.",
                before.get(name, "absent"),
                now.get(name, "absent"),
            )
            yield last, told


def _state(journey: Journey) -> dict[str, str]:
    """The users and groups in words that do not depend on ids."""
    names = {str(user["id"]): _name(user) for user in journey.users}
    seeded = {_name(user) for user in journey.seeded}
    found = {
        name: f"active {json_of(user.get('active', True))}, displayName {json_of(user.get('displayName'))}"
        for user in journey.users
        if (name := _name(user)) not in seeded
    }
    for group in journey.groups:
        members = sorted(names.get(str(one.get("value")), "?") for one in group.get("members") or ())
        found[f"group {group.get('displayName')}"] = ", ".join(members) or "no members"
    return found


def well_formed(journey: Journey, steady: Journey | None) -> Missed:
    for sent in journey.sent:
        if sent.status == 400:
            yield sent, Complaint("A request with such a name was rejected.", "a success", sent.told)
    held = {str(user["id"]): user for user in journey.users}
    for user in journey.seeded:
        now = held.get(str(user["id"]))
        if now is not None and now.get("displayName") != user.get("displayName"):
            told = Complaint(
                "The client changed a name.", json_of(user.get("displayName")), json_of(now.get("displayName"))
            )
            yield (journey.writes[-1].sent if journey.writes else None), told


def deactivated_instead(journey: Journey, steady: Journey | None) -> Missed:
    for write in journey.writes:
        if write.method == "DELETE" and write.endpoint == "Users" and write.sent.status == 405:
            user = next((one for one in journey.users if str(one["id"]) == write.id), None)
            if user is not None and user.get("active", True):
                yield write.sent, Complaint("The user is still active.", "active false", "active true")


def _name(user: dict[str, Any]) -> str:
    return str(user.get("userName", "")).lower()


GOALS: dict[str, Goal] = {
    goal.__name__: goal
    for goal in (
        accepted,
        wanted_users,
        wanted_active,
        carried_out,
        waited,
        linked,
        recreated,
        stopped,
        refused,
        no_storm,
        read_all,
        quiet,
        no_read_only,
        no_unknown,
        survived,
        same_end,
        well_formed,
        no_whole_list,
        deactivated_instead,
        no_leak,
        no_lost_ids,
    )
}
