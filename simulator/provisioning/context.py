"""What every turn of a job may look at: directory, settings, mappings, state, the shape of requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.directory.directory import Directory, DirectoryUser
from simulator.entra.requests import WireShape
from simulator.entra.settings import EntraSettings
from simulator.mapping.attribute_mapping import ObjectMapping, dice_for
from simulator.mapping.schema_json import SynchronizationSchema
from simulator.provisioning.answers import Failed
from simulator.provisioning.scoping import Scope, group_scope_of, scope_of, source_of
from simulator.provisioning.state import JobState
from simulator.wire.exchange import Exchange

SPECIAL_CHARACTERS = frozenset("&#+'\"\\%")  # reported to break look-ups (entra.md 3.1)


@dataclass(slots=True)
class Context:
    """One job's world; `at`, `cycle` and `changed` are those of the cycle under way."""

    directory: Directory
    settings: EntraSettings
    schema: SynchronizationSchema
    state: JobState
    shape: WireShape
    seed: int
    at: datetime
    cycle: int = 0
    changed: dict[str, frozenset[str]] | None = None  # user → source attributes that changed; None: everything counts
    relinked: bool = False  # a link was replaced in this cycle

    @property
    def users(self) -> ObjectMapping:
        return self.schema.user

    @property
    def groups(self) -> ObjectMapping:
        return self.schema.group

    @property
    def provisions_groups(self) -> bool:
        return self.settings.provision_groups and self.groups.enabled

    def scope(self, user: DirectoryUser) -> Scope:
        """A user's standing."""
        whole = self.settings.regex_scope == "whole"
        return scope_of(self.directory, user, self.users.scope, whole_regex=whole)

    def group_scope(self, object_id: str) -> Scope:
        return group_scope_of(self.directory, object_id, self.groups.scope)

    def is_awaited(self, object_id: str) -> bool:
        """Whether somebody is in scope who may not be in the target yet: a reference to them is held back (2.7)."""
        user = self.directory.users.get(object_id)
        return user is not None and self.scope(user).is_in_scope

    def values(self, user: DirectoryUser, scope: Scope, *, at_creation: bool = False) -> dict[str, Any]:
        """What the mapping makes of a user; raises ExpressionError."""
        changed = None if self.changed is None else self.changed.get(user.object_id)
        if not scope.is_in_scope:
            changed = None  # leaving changes IsSoftDeleted
        return self.users.projected(
            source_of(user, scope),
            at_creation=at_creation,
            now=self.at,
            dice=dice_for(self.seed, user.object_id, self.cycle),
            changed=changed,
            switch_forgets=self.settings.switch_forgets,
            iif_needs_values=self.settings.iif_needs_values,
        )

    def group_values(self, object_id: str, *, at_creation: bool = False) -> dict[str, Any]:
        """What the mapping makes of a group; raises ExpressionError."""
        attributes = self.directory.groups[object_id].attributes
        dice = dice_for(self.seed, object_id, self.cycle)
        return self.groups.projected(attributes, at_creation=at_creation, now=self.at, dice=dice)

    def check_matching_value(self, attribute: str, value: str, exchange: Exchange | None = None) -> None:
        """Raises Failed for a value that Entra is documented not to be able to filter by, where the knob says so."""
        bad = sorted(set(value) & SPECIAL_CHARACTERS)
        if bad and self.settings.special_characters == "fail":
            shown = " ".join(bad)
            raise Failed("InternalError", f"cannot look up {attribute} with the special characters {shown}", exchange)
