"""The settings that affect the bytes of a request apart from its content: the PATCH dialect and several knobs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """The PATCH dialect: the current default, that of the flag in the tenant URL, or that of 2018 (customappsso)."""

    DEFAULT = "default"
    AAD_OPT_SCIM_062020 = "aadOptscim062020"
    CUSTOMAPPSSO = "customappsso"


@dataclass(frozen=True, slots=True)
class WireShape:
    """Everything that affects the bytes of a request apart from its content. The fields are knobs of `settings`."""

    dialect: Dialect = Dialect.DEFAULT
    real_booleans: bool = False
    members_ref_null: bool = False
    manager_shape: str = "bare"
    manager_removal: str = "by_dialect"
    group_members_empty: bool = False
    group_extra_schema: bool = False
    add_vs_replace: str = "by_read"
    active_with_others: str = "object"
    single_change: str = "path"
    several_changes: str = "object"
    empty_roles: bool = True
    role_name: str = "displayName"
    single_role_patch: str = "json_string"
    multivalued_patch: str = "value_objects"

    @property
    def is_optimised(self) -> bool:
        """Whether the SCIM-compliant dialect of the flag is used."""
        return self.dialect is Dialect.AAD_OPT_SCIM_062020
