"""RFC 7644 section 3.5.2.3: replace with nothing, and with keys that are paths."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.samples import addresses, mails, replaced

EMPTY: dict[str, list[dict[str, Any]]] = {"empty list": [], "empty value": [{"value": ""}]}


@pytest.mark.parametrize("case", list(EMPTY))
@requirement(
    "RFC7644-3.5.2.3-03",
    "RFC7643-2.5-02",
    level="lie",
    consequence="An address that was taken away in the directory stays for ever.",
    fix="Treat replace with [] as remove.",
)
def test_replace_with_nothing_leaves_no_old_value(scim: Session, case: str) -> None:
    """replace emails with [] clears it, with one empty value the old one is gone; both may be refused 400."""
    work, _, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    answer = scim.patch(scim.path_of(user), replaced(EMPTY[case], "emails"))
    if answer.status == 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
        scim.note(f"replace with an {case} is refused")
        return
    expect.written(answer)
    read = scim.read(user)
    if case == "empty list":
        expect.lacks(read, "emails")
    elif work["value"] in mails(read).values():
        raise Finding("a success without effect", "no old address, or 400", repr(read.get("emails")))


@pytest.mark.parametrize("op", ["add", "replace"])
@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7643-2.1-04",
    level="lie",
    consequence="Entra sends such keys: the name stays as it was, and rubbish lies beside it.",
    fix="Read keys of a path-less value as paths, or answer 400 invalidPath.",
)
def test_dotted_key_is_a_path_or_refused(scim: Session, op: str) -> None:
    """A path-less {"name.familyName": …} is understood or 400; never stored as a name that no schema has."""
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Before"})
    answer = scim.patch(scim.path_of(user), {"op": op, "value": {"name.familyName": "After"}})
    if answer.status >= 400:
        expect.scim_error(answer, 400)
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    read = scim.read(user)
    expect.equal([name for name in read if "." in name and ":" not in name], [], "names with a dot")
    expect.equal((read.get("name") or {}).get("givenName"), "Stays", "name.givenName")
    if (read.get("name") or {}).get("familyName") != "After":
        scim.warn("a key with a dot is dropped without a word", "the new familyName, or 400", str(answer.status))
