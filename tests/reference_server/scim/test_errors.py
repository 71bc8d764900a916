"""Every error has the form of the RFC (RFC 7644 section 3.12)."""

from __future__ import annotations

import pytest

from reference_server.scim import errors


def every_error(kind: type[errors.ScimError] = errors.ScimError) -> list[type[errors.ScimError]]:
    return [kind] + [found for sub in kind.__subclasses__() for found in every_error(sub)]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_the_rfcs_form(kind: type[errors.ScimError]) -> None:
    body = kind("why").body()
    assert body["schemas"] == [errors.ERROR_URN]
    assert body["status"] == str(kind.status)
    assert body["detail"] == "why"
    assert body.get("scimType") == kind.scim_type
