"""Each known bug of other servers has a test in this folder, or a reason why it cannot exist here."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
CANNOT_EXIST = {
    "delete-last-admin-or-owner-200": "no SCIM user is an administrator of the service: admins have their own token",
    "group-authz-bypass-by-scim": "a connection's token stands for the whole tenant, there are no narrower ones to bypass",
    "group-patch-cost-grows-with-size": "measured, not tested: `make bench`, PATCH one member of 10,000",
}


def test_every_bug_has_a_test() -> None:
    known = {line for line in (HERE / "bugs.txt").read_text().splitlines() if not line.startswith("#")}
    text = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    tested = {name for call in re.findall(r"@bug\((.*?)\)", text, re.S) for name in re.findall(r'"([a-z0-9-]+)"', call)}
    assert tested - known == set()
    assert known - tested - CANNOT_EXIST.keys() == set()
    assert CANNOT_EXIST.keys() & tested == set()
