"""RFC 7643 section 5: the form and the content of ServiceProviderConfig."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.discovery_documents import CONFIG, CONFIG_URN, cannot_be_written, config, is_link, objects

FEATURES = ["patch", "bulk", "filter", "changePassword", "sort", "etag"]
LIMITS = ["bulk.maxOperations", "bulk.maxPayloadSize", "filter.maxResults"]
# The keywords of section 5; the list is not closed.
SCHEMES = {"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"}


@requirement(
    "RFC7643-5-01",
    "RFC7644-4-02",
    "RFC7644-4-03",
    "RFC7644-3.2-09",
    consequence="A client that reads the supported features first cannot continue.",
    fix="Return one object, with its URN in schemas, for GET /ServiceProviderConfig.",
)
def test_configuration_is_one_object_of_its_schema(scim: Session) -> None:
    """/ServiceProviderConfig must return a single object with the URN of ServiceProviderConfig in schemas."""
    answer = expect.status(scim.get(CONFIG), 200)
    if not isinstance(answer.json, dict) or "Resources" in answer.json:
        raise Finding(
            "ServiceProviderConfig is not a single object", "an object with the features", json_of(answer.json)[:160]
        )
    urns = answer["schemas"]
    if not isinstance(urns, list) or CONFIG_URN not in urns or not all(str(urn).startswith("urn:") for urn in urns):
        raise Finding("schemas does not have the URN of ServiceProviderConfig", f'["{CONFIG_URN}"]', json_of(urns))


@requirement("RFC7643-5-03", "RFC7643-E8361-01", level="cosmetic")
@pytest.mark.parametrize("endpoint", [CONFIG, "/ResourceTypes"], ids=["configuration", "resource types"])
def test_common_attributes_of_discovery_are_right_if_there(scim: Session, endpoint: str) -> None:
    """In discovery documents, id and meta are optional; if present, they must be a string and an object."""
    answer = scim.get(endpoint)
    if answer.status != 200:
        raise NotOffered(endpoint)
    for document in objects(answer["Resources"]) or objects([answer.json]):
        if not isinstance(document.get("id", "-"), str) or not isinstance(document.get("meta", {}), dict):
            shown = {name: document.get(name) for name in ("id", "meta")}
            raise Finding("id or meta has the wrong type", "a string and an object, if present", json_of(shown))


@requirement("RFC7643-5-05", "RFC7643-5-06", "RFC7643-5-09", "RFC7643-5-11", "RFC7643-5-12", "RFC7643-5-13")
@pytest.mark.parametrize("feature", FEATURES)
def test_configuration_says_whether_a_feature_is_supported(scim: Session, feature: str) -> None:
    """Each of the six features must be an object with a boolean `supported`."""
    held = config(scim).get(feature)
    if not isinstance(held, dict) or not isinstance(held.get("supported"), bool):
        raise Finding(f"{feature}.supported is not a boolean", "true or false", json_of(held))


@requirement(
    "RFC7643-5-06",
    "RFC7643-5-07",
    "RFC7643-5-08",
    "RFC7643-5-09",
    "RFC7643-5-10",
    "RFC7644-3.7.4-01",
    consequence="A client does not know how much it may send or request at once.",
)
@pytest.mark.parametrize("limit", LIMITS)
def test_configuration_gives_its_limits(scim: Session, limit: str) -> None:
    """The limits of bulk and filter must be integers; those of a supported bulk must be at least 1."""
    feature, _, name = limit.partition(".")
    held = config(scim).get(feature)
    given: dict[str, Any] = held if isinstance(held, dict) else {}
    least = 1 if feature == "bulk" and given.get("supported") is True else 0
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Finding(f"{limit} is not a valid limit", f"an integer of at least {least}", json_of(value))


@requirement("RFC7643-5-14")
def test_authentication_schemes_are_a_list_of_objects(scim: Session) -> None:
    """authenticationSchemes must be an array of objects."""
    schemes = config(scim).get("authenticationSchemes")
    if not isinstance(schemes, list) or len(objects(schemes)) != len(schemes):
        raise Finding("authenticationSchemes is not a list of objects", '[{"type": …}]', json_of(schemes)[:160])


@requirement("RFC7643-5-16", "RFC7643-5-17", "RFC7643-5-18", level="cosmetic")
@pytest.mark.parametrize("name", ["type", "name", "description"])
def test_authentication_schemes_are_described(scim: Session, name: str) -> None:
    """Each authentication scheme must have a type, a name, and a description; an unknown type is a warning."""
    for scheme in objects(config(scim).get("authenticationSchemes")):
        value = scheme.get(name)
        if not isinstance(value, str) or (not value and name != "description"):
            raise Finding(f"an authentication scheme has no {name}", "a string", json_of(scheme))
        if name == "type" and value not in SCHEMES:
            scim.warn(
                "an authentication scheme has a type that RFC 7643 does not list", " ".join(sorted(SCHEMES)), value
            )


@requirement("RFC7643-5-04", "RFC7643-5-19", "RFC7643-5-20", level="cosmetic")
def test_links_of_the_configuration_are_urls(scim: Session) -> None:
    """documentationUri and specUri should be http or https URLs (warning)."""
    document = config(scim)
    for holder in [document, *objects(document.get("authenticationSchemes"))]:
        for name in ("documentationUri", "specUri"):
            if holder.get(name) is not None and not is_link(holder[name]):  # null counts as unassigned: RFC 7643 2.5
                raise Finding(f"{name} is not a URL", "https://…", json_of(holder[name]))


@requirement("RFC7643-5-15", consequence="A setup wizard cannot find out how to authenticate.")
def test_authentication_schemes_are_public(scim: Session) -> None:
    """ServiceProviderConfig should be readable without a token and list authenticationSchemes (warning)."""
    answer = scim.client.send("GET", CONFIG, headers={"Authorization": None})
    if answer.status in (401, 403):
        raise Finding("ServiceProviderConfig cannot be read without a token", "200 without a token", str(answer.status))
    if not isinstance(answer["authenticationSchemes"], list):
        raise Finding(
            "ServiceProviderConfig has no authenticationSchemes when it is read without a token",
            "a list",
            json_of(answer.json)[:160],
        )


@requirement("RFC7643-5-15", consequence="A provider's connection test reports a wrong URL.")
@pytest.mark.parametrize("endpoint", [CONFIG, "/ResourceTypes", "/Schemas"])
def test_discovery_without_a_token_gets_a_proper_answer(scim: Session, endpoint: str) -> None:
    """A discovery endpoint must return 200, 401, or 403 for a request without a token."""
    with_token = scim.get(endpoint)
    answer = scim.client.send("GET", endpoint, headers={"Authorization": None})
    if answer.status not in (200, 401, 403) and with_token.status == 200:
        raise Finding("unexpected status for a request without a token", "200 or 401", answer.told, Verdict.FAIL)


@requirement("RFC7643-5-02", level="lie")
def test_configuration_is_read_only(scim: Session) -> None:
    """Writes to /ServiceProviderConfig must be rejected and change nothing."""
    config(scim)
    cannot_be_written(scim, CONFIG)
