"""The requests that a profile's provider sends for a group and its members."""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator.profiles import requests
from simulator.profiles.pages import read_pages
from simulator.profiles.profile import Profile
from simulator.provisioning.answers import Failed, Fault, expect, listed, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost, Resource, Values
from simulator.provisioning.request import delete_group, read_group
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed

PAGE = 100
MOST_PAGES = 1_000


class ProfileGroups:
    """Implements `GroupMethods` and `ReferenceMethods` of `provisioning.provider`."""

    def __init__(self, context: Context, profile: Profile) -> None:
        self._context, self._profile = context, profile
        self._told: dict[str, dict[str, Any]] = {}
        self._to_push: set[str] = set()  # groups whose complete member list is sent next

    def forget(self) -> None:
        """Send all names again, and all members if the provider pushes complete lists."""
        self._told.clear()
        if self._profile.push_now:
            self._to_push.update(self._context.state.groups)

    def note_scope(self, turn: Turn, scope: Scope) -> None:
        """Records nothing, because only Entra ID is known to show the scope of a group."""

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """Look the group up by name, if the profile looks before it creates."""
        name = str(values["displayName"])
        if self._profile.group_find == "filter":
            hits = listed(await turn.send(requests.find_group(self._profile, name)))
        elif self._profile.group_find == "read_all":
            groups = await read_pages(turn, "/Groups", PAGE, most_pages=MOST_PAGES)
            hits = [group for group in groups if str(group.get("displayName")) == name]
        else:
            hits = []
        return self._usable(hits[0]) if hits else None

    async def create(self, turn: Turn, values: Values) -> None:
        """POST the group. After a 409, some profiles look for the group and adopt it."""
        exchange = await turn.send(requests.create_group(self._profile, values))
        hits: list[Resource] = []
        if exchange.status == 409 and self._profile.group_find == "after_409":
            hits = listed(await turn.send(requests.find_group(self._profile, str(values["displayName"]))))
        if not hits:
            expect(exchange, 200, 201)
            hits = [resource_of(exchange, self._profile.title)]
        self._context.link_group(turn, self._usable(hits[0])["id"])
        self._told[turn.object_id] = values
        turn.succeed("Create")

    async def update(self, turn: Turn, found: Resource | None = None) -> None:
        """Rename the group if its name changed since it was last sent."""
        context, state = self._context, self._context.state
        values, unsure = context.group_values(turn.object_id, at_creation=True), state.unsure("group", turn.object_id)
        if found is not None and str(found.get("displayName")) == values["displayName"]:
            self._told[turn.object_id] = values
            turn.succeed("Update")
        elif self._told.get(turn.object_id) != values or unsure:
            turn.action = "Update"
            members = list(state.members.get(turn.object_id, {}).values())
            exchange = await turn.send(requests.rename_group(self._profile, turn.target_id, values, members))
            if exchange.status == 404 and "id" in unsure:
                raise LinkLost
            with IfUnconfirmed(lambda: state.note_unsure("group", turn.object_id, values)):
                expect(exchange, 200, 204)
            state.note_sure("group", turn.object_id, values)
            turn.modified = [(path, None, value) for path, value in values.items()]
            self._told[turn.object_id] = values
            turn.succeed("Update")
        else:
            turn.skip("RedundantExport", "nothing changed since the last request")

    async def manager(self, turn: Turn) -> None:
        """Sends nothing: the format of managers is not documented for any of these providers."""

    async def members(self, turn: Turn, *, only: frozenset[str] | None = None) -> None:
        """Send the members that left and joined, in the profile's format."""
        context, state = self._context, self._context.state
        group = context.directory.groups.get(turn.object_id)
        turn.target_id = state.groups.get(turn.object_id, "")
        if group is None or not turn.target_id:
            return
        wanted = {m: id_ for m in group.members if (id_ := state.users.get(m) or state.groups.get(m))}
        turn.held_back = any(m not in wanted and context.is_awaited(m) for m in group.members)
        held, unsure = state.members.get(turn.object_id, {}), state.unsure_members.get(turn.object_id, {})
        leaving = {m: id_ for m, id_ in (held | unsure).items() if wanted.get(m) != id_}
        joining = {m: id_ for m, id_ in wanted.items() if held.get(m) != id_ or m in unsure}
        push = turn.object_id in self._to_push
        if not leaving and not joining and not push:
            return
        turn.action = "Update"
        turn.step("EntrySynchronizationUpdate", "referenceResolution")
        await self._send_members(turn, group.name, wanted, joining, leaving)
        turn.modified = [("members", id_, None) for id_ in leaving.values()]
        turn.modified += [("members", None, id_) for id_ in joining.values()]
        state.members[turn.object_id] = wanted
        state.unsure_members.pop(turn.object_id, None)
        turn.succeed("Update")

    async def _send_members(
        self, turn: Turn, name: str, wanted: dict[str, str], joining: dict[str, str], leaving: dict[str, str]
    ) -> None:
        """Send the member list or its changes. If the request or one that follows it fails, the changes are unconfirmed."""
        state, profile = self._context.state, self._profile
        values = self._told.get(turn.object_id, {"displayName": name})
        if turn.object_id in self._to_push:
            request = requests.push_members(turn.target_id, list(wanted.values()))
        elif profile.members in ("put", "put_without_empty"):
            request = requests.replace_group(profile, turn.target_id, values, list(wanted.values()), "replace members")
        else:
            if profile.read_group_before_members:
                expect(await turn.send(read_group(turn.target_id)), 200)
            names = {id_: self._name(member) for member, id_ in joining.items()}
            request = requests.patch_members(profile, turn.target_id, names, list(leaving.values()))
        note = partial(state.note_members, turn.object_id, leaving | joining, joined=False, confirmed=False)
        with IfUnconfirmed(note):
            expect(await turn.send(request), 200, 204)
        self._to_push.discard(turn.object_id)
        if profile.rename_with_members and request.operation != "replace members":
            note()
            expect(await turn.send(read_group(turn.target_id)), 200)
            expect(await turn.send(requests.rename_group(profile, turn.target_id, values, [])), 200, 204)

    def _usable(self, group: Resource) -> Resource:
        """The group that was found, if it has a valid id. Raises Failed."""
        id_ = group.get("id")
        if not isinstance(id_, str) or not id_:
            raise Failed(Fault.NOT_SCIM, f"the matching group has the invalid id {id_!r}")
        return group

    async def delete(self, turn: Turn) -> None:
        """Delete a group that is out of scope or deleted, or keep it, depending on the profile."""
        state = self._context.state
        if not turn.target_id:
            turn.skip("NotEffectivelyEntitled", "was never provisioned")
            return
        turn.action = "Delete"
        if self._profile.group_delete == "never":
            state.left_alone[turn.target_id] = turn.name
            state.unlink_group(turn.object_id)
            turn.skip("DeleteNotAllowed", "this provider does not delete groups")
            return
        with IfUnconfirmed(lambda: state.note_unsure("group", turn.object_id, ["id"])):
            expect(await turn.send(delete_group(turn.target_id)), 200, 204, 404)
        state.unlink_group(turn.object_id)
        self._told.pop(turn.object_id, None)
        turn.succeed("Delete")

    def _name(self, member: str) -> str:
        user = self._context.directory.users.get(member)
        return str(user.attributes.get("userPrincipalName")) if user else member
