"""The context of a job's turns: directory, settings, mappings, and state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.directory.directory import Directory, DirectoryUser
from simulator.mapping.attribute_mapping import ObjectMapping, dice_for
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.escrow import Escrows
from simulator.provisioning.scoping import Scope, group_scope_of, scope_of, source_of
from simulator.provisioning.settings import JobSettings
from simulator.provisioning.state import JobState
from simulator.provisioning.turn import Turn

PLACEHOLDER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Context:
    """The context of one job. `at`, `cycle`, and `changed` belong to the current cycle."""

    directory: Directory
    settings: JobSettings
    schema: SynchronizationSchema
    state: JobState
    seed: int
    at: datetime
    cycle: int = 0
    changed: dict[str, frozenset[str]] | None = None  # user → source attributes that changed; None: everything counts
    relinked: bool = False  # a link was replaced in this cycle
    renames_deleted: bool = False  # a user in the recycle bin has given up its name

    @classmethod
    def fresh(cls, directory: Directory, settings: JobSettings, schema: SynchronizationSchema, seed: int) -> Context:
        """The context of a job that has not run yet."""
        state = JobState(Escrows(from_first_failure=settings.retry_from == "first_failure"))
        return cls(directory, settings, schema, state, seed, PLACEHOLDER)

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
        """Whether a person in scope may not be in the target yet, so that references to them wait (docs/notes/entra.md 2.7)."""
        user = self.directory.users.get(object_id)
        return user is not None and self.scope(user).is_in_scope

    def values(self, user: DirectoryUser, scope: Scope, *, at_creation: bool = False) -> dict[str, Any]:
        """The mapped values of a user. Raises ExpressionError."""
        changed = None if self.changed is None else self.changed.get(user.object_id)
        if not scope.is_in_scope:
            changed = None  # leaving changes IsSoftDeleted
        return self.users.projected(
            source_of(user, scope, renames_deleted=self.renames_deleted),
            at_creation=at_creation,
            now=self.at,
            dice=dice_for(self.seed, user.object_id, self.cycle),
            changed=changed,
            switch_forgets=self.settings.switch_forgets,
            iif_needs_values=self.settings.iif_needs_values,
        )

    def group_values(self, object_id: str, *, at_creation: bool = False) -> dict[str, Any]:
        """The mapped values of a group. Raises ExpressionError."""
        attributes = self.directory.groups[object_id].attributes
        dice = dice_for(self.seed, object_id, self.cycle)
        return self.groups.projected(attributes, at_creation=at_creation, now=self.at, dice=dice)

    # ── links ──

    def link_user(self, turn: Turn, target_id: str) -> None:
        """Link the user of a turn to a target id. The user is managed from now on."""
        turn.target_id = self.state.users[turn.object_id] = target_id
        self.state.owners[target_id] = turn.object_id
        self.state.unsure_creates.pop(("user", turn.object_id), None)
        self.state.managed[turn.object_id] = None
        self.state.released.pop(target_id, None)
        self.state.left_alone.pop(target_id, None)

    def link_group(self, turn: Turn, target_id: str) -> None:
        turn.target_id = self.state.groups[turn.object_id] = target_id
        self.state.unsure_creates.pop(("group", turn.object_id), None)

    def lose_user(self, turn: Turn) -> None:
        """Drop the link of a user who no longer exists in the target, so that matching starts again (docs/notes/entra.md 6.4)."""
        self.state.unlink_user(turn.object_id)
        self.relinked = True
        turn.target_id = ""

    def lose_group(self, turn: Turn) -> None:
        self.state.unlink_group(turn.object_id)
        self.relinked = True
        turn.target_id = ""
