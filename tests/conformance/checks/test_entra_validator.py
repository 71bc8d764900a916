"""Microsoft's validators by name: every test of docs/notes/entra.md 9.1 and 9.2 is there, and the reference server passes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.run.collect import collect

Command = Callable[..., "subprocess.CompletedProcess[str]"]

WEB = (
    """
Create a new User|Create a duplicate User|Filter for an existing user|Filter for a non-existing user
Filter for an existing user with a different case|Patch User - Replace Attributes Verbose Request
Patch User - Replace Attributes|Update User userName|Patch User - Disable User
Patch User - Add Attributes Verbose Request|Patch User - Add Manager|Patch User - Replace Manager
Patch User - Remove Manager|Delete a User|Get group by id excluding members
Filter for existing group excluding members|Filter for an existing group|Filter for a non-existing group
Filter for an existing group with a different case|Create a new Group|Create a duplicate Group
Patch Group - Replace Attributes|Update Group displayName|Patch Group - Add Member|Patch Group - Remove Member
Delete a Group|Multiple Operations on different attributes|Multiple Operations on same attribute
Delete a non-existent User|Delete the same User twice|Multiple Operations on same attribute, Group
Delete a non-existent Group|Delete the same Group twice
""".strip()
    .replace("\n", "|")
    .split("|")
)
GALLERY = [
    "Create_User_Test",
    "Update_User_Test",
    "Disable_User_Test",
    "Delete_User_Test",
    "User_Update_Manager_Test",
    "Restore_User_Test",
    "POD_User_Test",
    "Create_Group_Test",
    "Update_Group_Test",
    "Delete_Group_Test",
    "Group_Update_Add_Member_Test",
    "Group_Update_Remove_Member_Test",
    "POD_Group_Test",
    "Restore_Group_Test",
    "Schema_Discoverability_Test",
    "SCIM_Null_Update_Test",
    "SCIM_User_Create_Test",
    "SCIM_User_Update_Test",
    "SCIM_Group_Create_Test",
    "SCIM_Group_Update_Test",
    "Validate_Credentials_Test",
    "Federated_Identity_Test",
    "SCIM_User_Pagination_Test",
    "SCIM_Group_Pagination_Test",
    "SCIM_Update_Manager_Test",
]


def test_every_test_of_the_validators_is_there_by_name() -> None:
    titles = [check.title for check in collect(["entra-validator"])]
    shown = [title.split(":")[0].rstrip(".").removesuffix(" (preview)") for title in titles]
    assert sorted(shown) == sorted(WEB + GALLERY)
    assert (len(WEB), len(GALLERY)) == (33, 25)


@pytest.mark.slow
def test_reference_server_passes(scimulator: Command, tmp_path: Path) -> None:
    shown = scimulator("check", "--profile", "entra-validator", "--no-fuzz", "--json", str(tmp_path / "r.json"))
    assert shown.returncode == 0, shown.stdout
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["counts"] == {"PASS": 56, "WARN": 1, "NOT OFFERED": 1}
