"""RFC 7644 section 3.13: the protocol version in the base URL."""

from __future__ import annotations

import re

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered

SEGMENT = re.compile(r"/v\d+(?=/|$)")
UNKNOWN = "/v99"


@requirement(
    "RFC7644-3.13-01",
    "RFC7644-3.13-02",
    consequence="A client that follows a location leaves the version that it uses, or gets a 404.",
    fix="Build locations from the complete base URL, including the version.",
)
def test_locations_keep_the_version(scim: Session) -> None:
    """If the base URL contains a version, locations must contain the same version at the same position."""
    version, _ = _versions(scim)
    location = str((scim.read(scim.new_user()).get("meta") or {}).get("location"))
    found = SEGMENT.search(location.removeprefix(_origin(scim)))
    if location.startswith("http") and (found is None or found.group() != version):
        raise Finding("the location has a different version than the base URL", version, location)
    if not scim.client.base_url.endswith(version):
        scim.note(f"the base URL continues after {version}")


@requirement(
    "RFC7644-3.13-03",
    "RFC7644-3.12-26",
    level="lie",
    consequence="The server misinterprets requests of clients that use a different version.",
    fix="Route only the versions that are implemented, and return 404 or 400 invalidVers for others.",
)
def test_unknown_version_is_refused(scim: Session) -> None:
    """A base URL with the unknown version v99 must be rejected with 404 or 400 invalidVers."""
    _, other = _versions(scim)
    answer = scim.client.send("GET", f"{other}{scim.users}", parameters={"count": 1})
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "invalidVers")
    else:
        expect.status(answer, 404, 401, 403, 501)


def _versions(scim: Session) -> tuple[str, str]:
    """The version segment of the base URL, and the base URL with an unknown version; raises NotOffered if there is none."""
    base = scim.client.base_url
    found = list(SEGMENT.finditer(base))
    if not found:
        raise NotOffered("a version in the base URL")
    last = found[-1]
    return last.group(), base[: last.start()] + UNKNOWN + base[last.end() :]


def _origin(scim: Session) -> str:
    """The base URL up to its version. The last match counts, because a host or tenant name can look like a version."""
    return scim.client.base_url[: list(SEGMENT.finditer(scim.client.base_url))[-1].start()]
