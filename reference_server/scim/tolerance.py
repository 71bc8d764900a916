"""The table of leniencies: what the server accepts beyond the RFCs, who sends it, and how `--strict` responds instead.

The code looks leniencies up in this table: `rules.allows("boolean-strings")`. A leniency affects only what is accepted;
responses are the same in both modes. One rule applies to all of them: a request that means "deactivate" either
deactivates the user or fails. The server never returns 2xx for such a request without carrying it out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leniency:
    """One form that the server accepts although the RFCs do not require it. All strings except `key` are Markdown.

    `prevents` names a bug of other servers (tests/reference_server/interop/bugs.txt), or is None if none is known.
    `strict` is the response of strict mode, or None if strict mode accepts the form as well.
    """

    key: str
    what: str
    who: str
    prevents: str | None
    strict: str | None = None


LENIENCIES = (
    Leniency(
        "boolean-strings",
        '`"True"` or `"False"` (in any case) where a boolean is declared',
        "Entra (default dialect)",
        "patch-active-string-false",
        "400 `invalidValue`",
    ),
    Leniency(
        "paths-as-keys",
        "Dotted names and URNs as keys in the value of a PATCH operation without `path`",
        "Entra (SCIM-compliant flag)",
        "patch-dotted-keys-stored-literally",
        "400 `invalidSyntax`",
    ),
    Leniency(
        "filter-without-match",
        "`add` or `replace` with a filter that matches no element: the element is created",
        "Entra",
        "patch-filter-no-match-not-created",
        "400 `noTarget`",
    ),
    Leniency(
        "remove-without-match",
        "`remove` with a filter that matches no element: nothing changes",
        "Entra, Okta",
        "error-500-for-client-mistake",
        "400 `noTarget` (group members: accepted)",
    ),
    Leniency(
        "bare-reference",
        "A reference or another complex value as a bare string, or as a list with one element",
        "Entra (`manager`)",
        "patch-manager-as-string",
        "400 `invalidValue`",
    ),
    Leniency(
        "extension-without-urn",
        "An attribute of an extension without the URN of the extension",
        "Entra (`manager`, in its tutorial)",
        "patch-unknown-path-2xx",
        "400 `invalidPath`; in POST and PUT 400 `invalidSyntax`",
    ),
    Leniency(
        "empty-strings",
        'An empty string for "no value"',
        "Entra (SCIM validator)",
        "null-attributes-in-response",
        "the empty string is stored; in a reference 400 `invalidValue`",
    ),
    Leniency(
        "json-in-strings",
        "A JSON object inside the string `value` of an element: its `value` and `displayName` are stored",
        "Entra (app roles)",
        None,
        "the string is stored as sent",
    ),
    Leniency(
        "object-for-list",
        "A single value where a list is declared",
        "Several clients",
        "error-500-for-client-mistake",
        "400 `invalidValue`",
    ),
    Leniency(
        "unknown-attributes",
        "Unknown attributes in a resource or in a PATCH without `path`: they are ignored",
        "Okta, Entra",
        "patch-unknown-attribute-rejects-all",
        "400 `invalidSyntax`; in PATCH 400 `invalidPath`",
    ),
    Leniency(
        "unknown-schemas",
        "Unknown URNs in `schemas`, beside the URN of the resource: they are ignored",
        "Okta, Entra",
        "create-unknown-schema-urn-rejected",
        "400 `invalidSyntax`",
    ),
    Leniency(
        "schemas-missing",
        "A resource, PATCH, or search without `schemas`",
        "Several clients",
        "patch-without-schemas-rejected",
        "400 `invalidSyntax`",
    ),
    Leniency(
        "passwords",
        "A password: it is validated and discarded, because this server does not store passwords",
        "Okta, Entra",
        "password-or-secret-returned",
        "400 `invalidSyntax`, and no schema declares it; in PATCH 400 `invalidPath`",
    ),
    Leniency(
        "duplicate-json-keys",
        "A JSON object that contains a key more than once: the last value counts",
        "Hand-written clients",
        None,
        "400 `invalidSyntax`",
    ),
    Leniency(
        "required-set-again",
        "A PATCH that removes a required attribute and sets it again in a later operation",
        "Clients that replace a value by removing and adding it",
        None,
        "400 `mutability` (RFC 7644 section 3.5.2.2)",
    ),
    Leniency(
        "null-elements",
        "`null` or `[]` as an element of a list: it is ignored",
        "Hand-written clients",
        None,
        "400 `invalidValue`",
    ),
    Leniency(
        "empty-path",
        "An empty `path` in a PATCH operation: the operation has no path",
        "Hand-written clients",
        None,
        "400 `invalidPath`",
    ),
    Leniency(
        "bulk-method-case",
        "`method` of a Bulk operation in any case (`post`)",
        "Hand-written clients",
        None,
        "400 `invalidSyntax`",
    ),
    # ── accepted in both modes ──
    Leniency(
        "op-case",
        "`op` in any case (`Add`, `Replace`, `Remove`)",
        "Entra (default dialect)",
        "patch-add-on-singular-rejected",
    ),
    Leniency(
        "remove-with-values",
        "`remove` with a list of values: only those are removed",
        "Entra (default dialect)",
        "group-remove-with-value-clears-all",
    ),
    Leniency(
        "put-without-active",
        "A PUT without `active`: the attribute keeps its value, so a leaver is never reactivated",
        "Okta, OneLogin",
        "put-missing-active-reactivates",
    ),
    Leniency(
        "id-in-value",
        "The resource's own `id`, `schemas`, and read-only attributes in the value of a PATCH operation without `path`: they are "
        "ignored",
        "Okta, authentik",
        "patch-readonly-id-rejected",
    ),
    Leniency(
        "null-in-reference",
        "A reference with `null` sub-attributes or with only `$ref`; a single reference with nothing but `null` is unassigned",
        "Entra (tutorial)",
        "group-member-object-without-ref-null",
    ),
    Leniency(
        "boolean-strings-in-filters",
        '`"True"` or `"False"` compared with a boolean in a filter',
        "Entra",
        "patch-primary-string-true-in-filter",
    ),
    Leniency(
        "attribute-after-filter",
        '`emails[type eq "work"].value eq "…"` as a filter',
        "Entra",
        "filter-valuepath-unsupported",
    ),
    Leniency(
        "json-media-types",
        "`application/json`, `text/json`, or no `Content-Type` for a request body",
        "Okta and many others",
        "media-application-json-refused",
    ),
    Leniency(
        "unknown-parameters",
        "Unknown and empty query parameters: they are ignored",
        "Entra, OneLogin",
        "trailing-amp-or-question-mark",
    ),
    Leniency(
        "trailing-slash",
        "A trailing slash in a path",
        "Several clients",
        "trailing-slash-redirect-loses-body",
    ),
)


class Rules:
    """The leniencies that apply: all of them, or in strict mode those that strict mode also accepts."""

    __slots__ = ("allows",)

    def __init__(self, strict: bool = False) -> None:
        # A set, because each request looks leniencies up several times.
        self.allows: Callable[[str], bool] = frozenset(
            row.key for row in LENIENCIES if not strict or row.strict is None
        ).__contains__


# Attributes that keep their value if a PUT omits them. RFC 7644 section 3.5.1 lets the server decide.
KEPT_BY_PUT = ("active",)


def unwrapped(element: dict[str, Any]) -> dict[str, Any]:
    """Entra's role assignment as JSON in a string (`{"value": "{\\"value\\":\\"25\\",…}"}`) → its value and display."""
    text = element.get("value")
    if not isinstance(text, str) or not text.startswith("{"):
        return element
    try:
        inner = json.loads(text)
    except ValueError:
        return element
    if not isinstance(inner, dict) or not isinstance(inner.get("value"), str):
        return element
    display = inner.get("displayName")
    return {**element, "value": inner["value"], **({"display": display} if isinstance(display, str) else {})}
