"""Profiles: the documents and providers that a run judges by. Verdicts of different profiles are never merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """The check folders of a profile; `variant` picks the cases of a check that has such a parameter.

    `client` profiles replay what a provider sends and judge by the state afterwards; the others judge by a document.
    """

    title: str
    folders: tuple[str, ...]
    client: bool = False
    variant: Mapping[str, str] = field(default_factory=dict)

    def takes(self, folder: str, parameters: Mapping[str, Any]) -> bool:
        """Whether a check of this folder, with these parameters, belongs to the profile."""
        return folder in self.folders and all(
            str(parameters[name]) == wanted for name, wanted in self.variant.items() if name in parameters
        )


def _client(name: str, title: str) -> Profile:
    return Profile(title, ("clients",), client=True, variant={"provider": name})


PROFILES: dict[str, Profile] = {
    "rfc": Profile("RFC 7643, 7644 and 6750", ("rfc7643", "rfc7644", "rfc6750")),
    "cursor": Profile("RFC 9865, cursor pagination", ("rfc9865",)),
    "interop": Profile("draft-zollner-scim-interop-profile-01", ("interop",)),
    "ipsie-al1": Profile("IPSIE AL SCIM 2.0 Profile draft 00, level AL1", ("ipsie_al1",)),
    "ipsie-al2": Profile("IPSIE AL SCIM 2.0 Profile draft 00, levels AL1 and AL2", ("ipsie_al1", "ipsie_al2")),
    "entra": Profile("as Microsoft Entra ID sends it", ("entra",), True, {"dialect": "default"}),
    "entra-flag": Profile(
        "as Entra ID sends it with aadOptscim062020", ("entra",), True, {"dialect": "aadOptscim062020"}
    ),
    "entra-validator": Profile("the tests of Microsoft's two validators", ("entra_validator",), True),
    "okta": Profile("as Okta sends it", ("okta",), True),
    "okta-wizard": _client("okta-wizard", "as an app of Okta's wizard sends it"),
    "authentik": _client("authentik", "as authentik sends it"),
    "cyberark": _client("cyberark", "as CyberArk Identity sends it"),
    "keycloak": _client("keycloak", "as Keycloak's SCIM plug-in sends it"),
    "pingfederate": _client("pingfederate", "as PingFederate sends it"),
    "jumpcloud": _client("jumpcloud", "as JumpCloud sends it"),
    "onelogin": _client("onelogin", "as OneLogin sends it"),
}
DEFAULT_PROFILES = ("rfc",)
