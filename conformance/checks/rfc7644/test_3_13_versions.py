"""RFC 7644 section 3.13: the version of the protocol in the base URL."""

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
    consequence="Whoever follows a location of a versioned server leaves the version, or gets a 404.",
    fix="Build locations from the whole base URL.",
)
def test_locations_keep_the_version(scim: Session) -> None:
    """Under a base URL with a version, locations have it at the same place."""
    version, _ = _versions(scim)
    location = str((scim.read(scim.new_user()).get("meta") or {}).get("location"))
    found = SEGMENT.search(location.removeprefix(_origin(scim)))
    if location.startswith("http") and (found is None or found.group() != version):
        raise Finding("the location is in another version", version, location)
    if not scim.client.base_url.endswith(version):
        scim.note(f"the base URL goes on behind {version}")


@requirement(
    "RFC7644-3.13-03",
    "RFC7644-3.12-26",
    level="lie",
    consequence="A client of another version is misunderstood instead of refused.",
    fix="Route only the versions that are built: 404, or 400 invalidVers.",
)
def test_unknown_version_is_refused(scim: Session) -> None:
    """The same URL with v99 in the place of the version is refused: 404, or 400 invalidVers."""
    _, other = _versions(scim)
    answer = scim.client.send("GET", f"{other}{scim.users}", parameters={"count": 1})
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "invalidVers")
    else:
        expect.status(answer, 404, 401, 403, 501)


def _versions(scim: Session) -> tuple[str, str]:
    """The version segment of the base URL, and the URL with another one; NotOffered without any."""
    base = scim.client.base_url
    found = list(SEGMENT.finditer(base))
    if not found:
        raise NotOffered("a version in the base URL")
    last = found[-1]
    return last.group(), base[: last.start()] + UNKNOWN + base[last.end() :]


def _origin(scim: Session) -> str:
    """The base URL up to its version: a name before it may look like one."""
    return scim.client.base_url[: list(SEGMENT.finditer(scim.client.base_url))[-1].start()]
