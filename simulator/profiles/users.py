"""The requests that a profile's provider sends for a user: lookup, creation, update, deactivation, and deletion."""

from __future__ import annotations

import random

from simulator.directory.directory import DirectoryUser
from simulator.profiles import requests
from simulator.profiles.profile import Profile
from simulator.provisioning.answers import Failed, Fault, expect, listed, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.provider import LinkLost, Resource, Values
from simulator.provisioning.request import delete_user
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.provisioning.unconfirmed import IfUnconfirmed

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class ProfileUsers:
    """Implements `provisioning.provider.UserMethods`. Changes are relative to the last sent values; nothing is read."""

    def __init__(self, context: Context, profile: Profile) -> None:
        self._context, self._profile = context, profile

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """Look the user up by user name, if the profile looks before it creates."""
        self._context.state.managed[turn.object_id] = None
        return await self._find(turn, values) if self._profile.lookup == "before_create" else None

    async def create(self, turn: Turn, user: DirectoryUser, scope: Scope, values: Values) -> None:
        """POST the user. After a 409, some profiles look for the user and adopt it."""
        profile = self._profile
        placeholder = "".join(random.Random(f"{self._context.seed}/{turn.object_id}").choices(LETTERS, k=16))
        exchange = await turn.send(requests.create_user(profile, values, placeholder))
        if exchange.status == 409 and profile.on_409 == "adopt":
            found = await self._find(turn, values)
            if found is not None:
                self._context.link_user(turn, found["id"])
                await self.update(turn, user, scope, found)
                return
        expect(exchange, 200, 201)
        self._link(turn, resource_of(exchange, profile.title)["id"], values)
        turn.modified = [(path, None, value) for path, value in values.items()]
        turn.succeed("Create")

    async def update(self, turn: Turn, user: DirectoryUser, scope: Scope, found: Resource | None = None) -> None:
        """PUT or PATCH the changes since the last request. Raises LinkLost if the profile must create the user again."""
        context, state, profile = self._context, self._context.state, self._profile
        if found is not None:
            state.told[turn.object_id] = {}
        values = context.values(user, scope)
        told, unsure = state.told.get(turn.object_id, {}), state.unsure("user", turn.object_id)
        may_be_gone = "id" in unsure
        changed = {
            path: value for path, value in values.items() if told.get(path) != value or path in unsure or may_be_gone
        }
        if not changed:
            turn.skip("RedundantExport", "nothing changed since the last request")
            return
        turn.action = "Update"
        if profile.deactivate != "put" and changed == {"active": True}:
            request = requests.switch_user(profile, turn.target_id, values, active=True)
        elif profile.update == "patch_paths":
            request = requests.patch_user(turn.target_id, changed, "update user")
        else:
            request = requests.replace_user(profile, turn.target_id, values, "update user")
        turn.modified = [(path, told.get(path), value) for path, value in changed.items()]
        exchange = await turn.send(request)
        if exchange.status == 404 and (profile.on_404 == "recreate" or may_be_gone):
            raise LinkLost
        with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, changed)):
            expect(exchange, 200, 204)
        self._link(turn, turn.target_id, values)
        turn.succeed("Update")

    async def disable(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        """Deactivate a blocked or soft-deleted user. For an unassigned user, the profile decides."""
        if scope.is_managed:
            await self._switch_off(turn, user)
        else:
            await self._gone(turn, self._profile.unassigned)

    async def delete(self, turn: Turn) -> None:
        """Handle a user who was deleted from the directory as the profile defines."""
        await self._gone(turn, self._profile.deleted)

    def skip(self, turn: Turn, scope: Scope) -> None:
        """Skip a user who is out of scope and not managed; nothing is sent."""
        turn.skip("NotEffectivelyEntitled", "the user is not in scope")

    async def _find(self, turn: Turn, values: Values) -> Resource | None:
        """The first user with this user name and an id that the provider accepts."""
        exchange = await turn.send(requests.find_user(self._profile, "userName", str(values.get("userName", ""))))
        hits = listed(exchange)
        turn.step("EntryImport", "matching", attribute="userName", hits=str(len(hits)))
        if not hits:
            return None
        id_ = hits[0].get("id")
        if not isinstance(id_, str) or not id_:
            raise Failed(Fault.NOT_SCIM, f"the matching user has the invalid id {id_!r}", exchange)
        self._check_id(id_)
        return hits[0]

    async def _switch_off(self, turn: Turn, user: DirectoryUser | None) -> None:
        state = self._context.state
        told = dict(state.told.get(turn.object_id, {}))
        if told.get("active") is False and "active" not in state.unsure("user", turn.object_id):
            turn.skip("RedundantExport", "the user is already inactive")
            return
        turn.action = "Disable"
        values = {**told, "active": False}
        if user is not None and self._profile.deactivate == "put":
            values = {**self._context.values(user, self._context.scope(user)), "active": False}
        turn.modified = [("active", True, False)]
        request = requests.switch_user(self._profile, turn.target_id, values, active=False)
        with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, ["active"])):
            expect(await turn.send(request), 200, 204)
        state.told[turn.object_id] = values
        state.note_sure("user", turn.object_id, values if self._profile.deactivate == "put" else ["active"])
        state.inactive[turn.object_id] = user is not None and user.soft_deleted_at is not None
        turn.succeed("Disable")

    async def _gone(self, turn: Turn, how: str) -> None:
        """Deactivate and unlink, or delete, an unassigned or deleted user."""
        state = self._context.state
        if not turn.target_id:
            turn.skip("NotEffectivelyEntitled", "was never provisioned")
            return
        if how == "delete":
            turn.action = "Delete"
            with IfUnconfirmed(lambda: state.note_unsure("user", turn.object_id, ["id"])):
                expect(await turn.send(delete_user(turn.target_id)), 200, 204, 404)
            state.unlink_user(turn.object_id)
            turn.succeed("Delete")
            return
        user = self._context.directory.users.get(turn.object_id)
        await self._switch_off(turn, user)
        state.managed.pop(turn.object_id, None)
        state.released[turn.target_id] = turn.name
        if user is None or not self._profile.keeps_link:
            state.unlink_user(turn.object_id)

    def _link(self, turn: Turn, target_id: str, values: Values) -> None:
        self._check_id(target_id)
        self._context.link_user(turn, target_id)
        self._context.state.told[turn.object_id] = dict(values)
        self._context.state.note_sure("user", turn.object_id, values)

    def _check_id(self, target_id: str) -> None:
        if self._profile.refuses_integer_ids and target_id.isdigit():
            raise Failed(Fault.NOT_SCIM, f"this provider does not support the numeric id {target_id}")
