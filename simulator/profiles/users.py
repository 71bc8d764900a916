"""A user's turn at another provider: found or created, replaced or patched, switched off, perhaps deleted."""

from __future__ import annotations

import random
from typing import Any

from simulator.directory.directory import DirectoryUser
from simulator.entra.requests import delete_user
from simulator.profiles import requests
from simulator.profiles.profile import Profile
from simulator.provisioning.answers import INCOMPATIBLE, Failed, expect, listed, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class ProfileUsers:
    """Takes users' turns by a profile. What the target was last told is remembered: nothing is read before a change."""

    def __init__(self, context: Context, profile: Profile) -> None:
        self._context, self._profile = context, profile

    async def take(self, turn: Turn) -> None:
        """The whole turn; raises Failed or ExpressionError."""
        context, state = self._context, self._context.state
        user = context.directory.users.get(turn.object_id)
        turn.target_id = state.users.get(turn.object_id, "")
        if user is None:
            await self._gone(turn, self._profile.deleted)
            return
        turn.step("EntryImport", "import")
        scope = context.scope(user)
        turn.step("EntrySynchronizationScoping", "scoping", **scope.details(sync_all=context.directory.sync_all))
        if scope.is_in_scope:
            state.managed[turn.object_id] = None
            state.released.pop(turn.target_id, None)
            if turn.target_id:
                await self._update(turn, user, scope)
            else:
                await self._find_or_create(turn, user, scope)
        elif not turn.target_id or turn.object_id not in state.managed:
            turn.skip("NotEffectivelyEntitled", "not in scope")
        elif scope.is_managed:
            await self._switch_off(turn, user)
        else:
            await self._gone(turn, self._profile.unassigned)

    async def _find_or_create(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        context, profile = self._context, self._profile
        values = context.values(user, scope, at_creation=True)
        if profile.lookup == "before_create" and await self._adopt(turn, user, scope, values):
            return
        turn.action = "Create"
        placeholder = "".join(random.Random(f"{context.seed}/{turn.object_id}").choices(LETTERS, k=16))
        exchange = await turn.send(requests.create_user(profile, values, placeholder))
        if exchange.status == 409 and profile.on_409 == "adopt" and await self._adopt(turn, user, scope, values):
            return
        expect(exchange, 200, 201)
        created = resource_of(exchange)
        self._link(turn, created["id"], values)
        turn.modified = [(path, None, value) for path, value in values.items()]
        turn.succeed("Create")

    async def _adopt(self, turn: Turn, user: DirectoryUser, scope: Scope, values: dict[str, Any]) -> bool:
        name = str(values.get("userName", ""))
        exchange = await turn.send(requests.find_user(self._profile, "userName", name))
        hits = listed(exchange)
        turn.step("EntryImport", "matching", attribute="userName", hits=str(len(hits)))
        if not hits:
            return False
        id_ = hits[0].get("id")
        if not isinstance(id_, str) or not id_:
            raise Failed(INCOMPATIBLE, f"the user that was found has the id {id_!r}", exchange)
        self._link(turn, id_, {})
        await self._update(turn, user, scope)
        return True

    async def _update(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        context, state, profile = self._context, self._context.state, self._profile
        values = context.values(user, scope)
        told = state.told.get(turn.object_id, {})
        changed = {path: value for path, value in values.items() if told.get(path) != value}
        if not changed:
            turn.skip("RedundantExport", "nothing changed since it was told")
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
        if exchange.status == 404 and profile.on_404 == "recreate":
            state.unlink_user(turn.object_id)
            context.relinked = True
            turn.target_id = ""
            await self._find_or_create(turn, user, scope)
            return
        expect(exchange, 200, 204)
        self._link(turn, turn.target_id, values)
        state.inactive.pop(turn.object_id, None)
        turn.succeed("Update")

    async def _switch_off(self, turn: Turn, user: DirectoryUser | None) -> None:
        state = self._context.state
        told = dict(state.told.get(turn.object_id, {}))
        if told.get("active") is False:
            turn.skip("RedundantExport", "is off already")
            return
        turn.action = "Disable"
        values = {**told, "active": False}
        if user is not None and self._profile.deactivate == "put":
            values = {**self._context.values(user, self._context.scope(user)), "active": False}
        turn.modified = [("active", True, False)]
        request = requests.switch_user(self._profile, turn.target_id, values, active=False)
        expect(await turn.send(request), 200, 204)
        state.told[turn.object_id] = values
        state.inactive[turn.object_id] = None
        turn.succeed("Disable")

    async def _gone(self, turn: Turn, how: str) -> None:
        """Unassigned or deleted: off and let go, or deleted."""
        state = self._context.state
        if not turn.target_id:
            turn.skip("NotEffectivelyEntitled", "never provisioned")
            return
        if how == "delete":
            turn.action = "Delete"
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

    def _link(self, turn: Turn, target_id: str, values: dict[str, Any]) -> None:
        if self._profile.refuses_integer_ids and target_id.isdigit():
            raise Failed(INCOMPATIBLE, f"the id {target_id} is a number, which this provider refuses")
        state = self._context.state
        turn.target_id = state.users[turn.object_id] = target_id
        state.managed[turn.object_id] = None
        state.released.pop(target_id, None)
        state.told[turn.object_id] = dict(values)
