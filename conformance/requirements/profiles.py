"""Profiles: the documents and providers that a run tests against. Verdicts of different profiles are never merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """The check folders of a profile; `variant` selects the cases of checks that have this parameter.

    `client` profiles replay the requests of a provider and judge by the state afterward; the others test a document.
    `essentials` names check functions: such a profile has only these checks of its folders.
    """

    title: str
    folders: tuple[str, ...]
    client: bool = False
    variant: Mapping[str, str] = field(default_factory=dict)
    essentials: frozenset[str] = frozenset()

    def takes(self, folder: str, parameters: Mapping[str, Any], function: str = "") -> bool:
        """Whether a check of this folder, with these parameters, belongs to the profile."""
        if folder not in self.folders or (self.essentials and function not in self.essentials):
            return False
        return all(str(parameters[name]) == wanted for name, wanted in self.variant.items() if name in parameters)


def _client(name: str, title: str) -> Profile:
    return Profile(title, ("clients",), client=True, variant={"provider": name})


PROFILES: dict[str, Profile] = {
    "rfc": Profile("RFC 7643, RFC 7644, and RFC 6750", ("rfc7643", "rfc7644", "rfc6750")),
    "cursor": Profile("RFC 9865, cursor pagination", ("rfc9865",)),
    "interop": Profile("draft-zollner-scim-interop-profile-01", ("interop",)),
    "ipsie-al1": Profile("IPSIE AL SCIM 2.0 Profile draft 00, level AL1", ("ipsie_al1",)),
    "ipsie-al2": Profile("IPSIE AL SCIM 2.0 Profile draft 00, levels AL1 and AL2", ("ipsie_al1", "ipsie_al2")),
    "entra": Profile("requests of Microsoft Entra ID", ("entra",), True, {"dialect": "default"}),
    "entra-flag": Profile(
        "requests of Entra ID with aadOptscim062020", ("entra",), True, {"dialect": "aadOptscim062020"}
    ),
    "entra-validator": Profile("tests of Microsoft's two validators", ("entra_validator",), True),
    "okta": Profile("requests of Okta", ("okta",), True),
    "okta-wizard": _client("okta-wizard", "requests of apps made with Okta's wizard"),
    "authentik": _client("authentik", "requests of authentik"),
    "cyberark": _client("cyberark", "requests of CyberArk Identity"),
    "keycloak": _client("keycloak", "requests of Keycloak's SCIM plug-in"),
    "pingfederate": _client("pingfederate", "requests of PingFederate"),
    "jumpcloud": _client("jumpcloud", "requests of JumpCloud"),
    "onelogin": _client("onelogin", "requests of OneLogin"),
}
# The groups of verdicts about a client, which `scimulator check-client` judges.
OF_CLIENTS = {
    "client": "RFC 7643, RFC 7644, RFC 6750, and RFC 9865, as they bind clients",
    "client-interop": "draft-zollner-scim-interop-profile-01, as it binds clients",
    "client-ipsie": "IPSIE AL SCIM 2.0 Profile draft 00, as it binds clients",
    "situations": "situations that a client must survive",
    "people": "how the client treats people",
}
# Checks on groups and on users who leave, which every run has by default.
_ENTRA = (
    "test_disabled_user_is_inactive test_enabled_user_is_active_again test_rejoiner_is_still_a_member "
    "test_every_spelling_of_a_deactivation test_disabled_user_is_still_found test_deletion_after_thirty_days "
    "test_matching_by_user_name_ignores_case test_entras_group_is_created test_addition_of_a_member "
    "test_removal_of_one_member_keeps_the_others test_removal_of_nobody_empties_no_group test_rename_keeps_the_members "
    "test_deleted_group_is_gone_and_its_members_are_not test_unknown_member_is_no_ghost "
    "test_member_added_after_a_read_keeps_the_others test_renamed_leaver_is_inactive"
)
_OKTA = (
    "test_look_up_before_create test_path_less_deactivation test_put_with_active_false_deactivates "
    "test_put_without_active_does_not_reactivate test_put_with_groups_changes_no_membership "
    "test_group_is_created_empty_and_found test_group_rename_without_path test_change_of_members_in_one_request "
    "test_removal_of_who_is_no_member test_full_push_of_members test_push_with_an_unknown_member_empties_nothing "
    "test_exchange_of_members_with_a_bad_one_changes_nothing test_put_of_a_group_replaces_its_members"
)
PROFILES["entra-essentials"] = Profile(
    "requests of Microsoft Entra ID for groups and for users who leave",
    ("entra",),
    True,
    {"dialect": "default"},
    frozenset(_ENTRA.split()),
)
PROFILES["okta-essentials"] = Profile(
    "requests of Okta for groups and for users who leave", ("okta",), True, essentials=frozenset(_OKTA.split())
)
WHOLE_PROFILES = tuple(name for name, profile in PROFILES.items() if not profile.essentials)
DEFAULT_PROFILES = ("rfc", "entra-essentials", "okta-essentials")
