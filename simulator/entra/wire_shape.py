"""What decides the bytes of a request beside its content: the PATCH dialect and the knobs that are seen on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """How PATCH is written: today's default, that of the flag in the tenant URL, and the museum's of 2018."""

    DEFAULT = "default"
    AAD_OPT_SCIM_062020 = "aadOptscim062020"
    CUSTOMAPPSSO = "customappsso"


@dataclass(frozen=True, slots=True)
class WireShape:
    """Everything that decides a request's bytes beside its content; the fields are knobs of `settings`."""

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
        """The compliant dialect of the flag."""
        return self.dialect is Dialect.AAD_OPT_SCIM_062020
