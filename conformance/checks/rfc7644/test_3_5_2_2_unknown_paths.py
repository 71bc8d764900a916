"""RFC 7644 section 3.5.2.2: PATCH `remove` with an unknown path."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement


@pytest.mark.parametrize("path", ["scimulatorUnknown", "name.scimulatorUnknown", "urn:example:none:2.0:User:x"])
@requirement(
    "RFC7644-3.5.2-11",
    level="lie",
    consequence="The provider believes that a value was removed although nothing happened.",
    fix="Resolve the path of remove like that of any other operation, and return 400 invalidPath if it is unknown.",
)
def test_removal_of_an_unknown_attribute_is_refused(scim: Session, path: str) -> None:
    """PATCH `remove` of an unknown attribute must be rejected with 400; accepting it without a change is a warning."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "remove", "path": path})
    if answer.status < 300:
        scim.warn("removing an unknown attribute succeeds", "400 invalidPath", str(answer.status))
    else:
        expect.keyword(scim, answer, 400, "invalidPath", "noTarget", "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)
