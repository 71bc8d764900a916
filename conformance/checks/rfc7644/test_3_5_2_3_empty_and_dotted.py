"""RFC 7644 section 3.5.2.3: PATCH `replace` with an empty value, and keys that are paths."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.samples import addresses, mails, replaced

EMPTY: dict[str, list[dict[str, Any]]] = {"empty list": [], "empty value": [{"value": ""}]}


@pytest.mark.parametrize("case", list(EMPTY))
@requirement(
    "RFC7644-3.5.2.3-03",
    "RFC7643-2.5-02",
    level="lie",
    consequence="An address that was removed in the directory remains forever.",
    fix="Treat replace with [] like remove.",
)
def test_replace_with_nothing_leaves_no_old_value(scim: Session, case: str) -> None:
    """PATCH `replace` of emails with an empty list or an empty value must remove the old address or be rejected with 400."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    answer = scim.patch(scim.path_of(user), replaced(EMPTY[case], "emails"))
    if answer.status == 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
        scim.note(f"PATCH `replace` with an {case} is rejected")
        return
    expect.written(answer)
    read = scim.read(user)
    if case == "empty list":
        expect.lacks(read, "emails")
    elif work["value"] in mails(read).values():
        raise Finding(
            "PATCH succeeds without any effect", "the old address removed, or 400", json_of(read.get("emails"))
        )


@pytest.mark.parametrize("op", ["add", "replace"])
@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7643-2.1-04",
    level="lie",
    consequence=(
        "Entra sends such keys: the name does not change, and the server stores an attribute that no schema defines."
    ),
    fix="Treat the keys of a value without a path as paths, or return 400 invalidPath.",
)
def test_dotted_key_is_a_path_or_refused(scim: Session, op: str) -> None:
    """The key name.familyName in a PATCH without a path must work as a path or be rejected; ignoring it is a warning."""
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Before"})
    answer = scim.patch(scim.path_of(user), {"op": op, "value": {"name.familyName": "After"}})
    if answer.status >= 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    read = scim.read(user)
    expect.equal([name for name in read if "." in name and ":" not in name], [], "attributes with a dot in their name")
    expect.equal((read.get("name") or {}).get("givenName"), "Stays", "name.givenName")
    if (read.get("name") or {}).get("familyName") != "After":
        scim.warn("a key with a dot is silently ignored", "the new familyName, or 400", str(answer.status))
