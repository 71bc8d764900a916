"""RFC 7644 section 3.5.2.2: remove of what no schema has."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement


@pytest.mark.parametrize("path", ["scimulatorUnknown", "name.scimulatorUnknown", "urn:example:none:2.0:User:x"])
@requirement(
    "RFC7644-3.5.2-11",
    level="lie",
    consequence="The provider believes that a value is gone which never was reached.",
    fix="Resolve the path of a remove as that of any operation; 400 invalidPath where it leads nowhere.",
)
def test_removal_of_an_unknown_attribute_is_refused(scim: Session, path: str) -> None:
    """remove with a path outside the schema is refused; a success without effect is told."""
    user = scim.new_user()
    answer = scim.patch(scim.path_of(user), {"op": "remove", "path": path})
    if answer.status < 300:
        scim.warn("a removal of what there is not is answered with success", "400 invalidPath", str(answer.status))
    else:
        expect.keyword(scim, answer, 400, "invalidPath", "noTarget", "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)
