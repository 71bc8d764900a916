"""RFC 7643 section 5: what ServiceProviderConfig says, and whether it is true."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
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
    consequence="A client that asks for the features first goes no further.",
    fix="Answer GET /ServiceProviderConfig with one object that lists its schema.",
)
def test_configuration_is_one_object_of_its_schema(scim: Session) -> None:
    """/ServiceProviderConfig is one object, and its schemas says which."""
    answer = expect.status(scim.get(CONFIG), 200)
    if not isinstance(answer.json, dict) or "Resources" in answer.json:
        raise Finding("the configuration is no single object", "an object with the features", repr(answer.json)[:160])
    urns = answer["schemas"]
    if not isinstance(urns, list) or CONFIG_URN not in urns or not all(str(urn).startswith("urn:") for urn in urns):
        raise Finding("schemas is not that of the configuration", f'["{CONFIG_URN}"]', repr(urns))


@requirement("RFC7643-5-03", "RFC7643-E8361-01", level="cosmetic")
@pytest.mark.parametrize("endpoint", [CONFIG, "/ResourceTypes"], ids=["configuration", "resource types"])
def test_common_attributes_of_discovery_are_right_if_there(scim: Session, endpoint: str) -> None:
    """id and meta may be missing here; where they are, they are text and an object."""
    answer = scim.get(endpoint)
    if answer.status != 200:
        raise NotOffered(endpoint)
    for document in objects(answer["Resources"]) or objects([answer.json]):
        if not isinstance(document.get("id", "-"), str) or not isinstance(document.get("meta", {}), dict):
            shown = {name: document.get(name) for name in ("id", "meta")}
            raise Finding("id or meta has the wrong type", "text, object, or neither", repr(shown))


@requirement("RFC7643-5-05", "RFC7643-5-06", "RFC7643-5-09", "RFC7643-5-11", "RFC7643-5-12", "RFC7643-5-13")
@pytest.mark.parametrize("feature", FEATURES)
def test_configuration_says_whether_a_feature_is_supported(scim: Session, feature: str) -> None:
    """Each of the six features is an object with supported, true or false."""
    held = config(scim).get(feature)
    if not isinstance(held, dict) or not isinstance(held.get("supported"), bool):
        raise Finding(f"{feature}.supported is no boolean", "true or false", repr(held))


@requirement(
    "RFC7643-5-06",
    "RFC7643-5-07",
    "RFC7643-5-08",
    "RFC7643-5-09",
    "RFC7643-5-10",
    "RFC7644-3.7.4-01",
    consequence="A client cannot know how much it may send or ask for at once.",
)
@pytest.mark.parametrize("limit", LIMITS)
def test_configuration_gives_its_limits(scim: Session, limit: str) -> None:
    """The limits of bulk and filter are integers, at least 1 where the feature is supported."""
    feature, _, name = limit.partition(".")
    held = config(scim).get(feature)
    given: dict[str, Any] = held if isinstance(held, dict) else {}
    least = 1 if feature == "bulk" and given.get("supported") is True else 0
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Finding(f"{limit} is no limit", f"an integer from {least}", repr(value))


@requirement("RFC7643-5-14")
def test_authentication_schemes_are_a_list_of_objects(scim: Session) -> None:
    """authenticationSchemes is an array, and each entry an object."""
    schemes = config(scim).get("authenticationSchemes")
    if not isinstance(schemes, list) or len(objects(schemes)) != len(schemes):
        raise Finding("authenticationSchemes is no list of objects", '[{"type": …}]', repr(schemes)[:160])


@requirement("RFC7643-5-16", "RFC7643-5-17", "RFC7643-5-18", level="cosmetic")
@pytest.mark.parametrize("name", ["type", "name", "description"])
def test_authentication_schemes_are_described(scim: Session, name: str) -> None:
    """Each scheme has a type, a name and a description."""
    for scheme in objects(config(scim).get("authenticationSchemes")):
        value = scheme.get(name)
        if not isinstance(value, str) or (not value and name != "description"):
            raise Finding(f"an authentication scheme lacks {name}", "a text", repr(scheme))
        if name == "type" and value not in SCHEMES:
            scim.warn("a type of authentication that the RFC does not list", " ".join(sorted(SCHEMES)), value)


@requirement("RFC7643-5-04", "RFC7643-5-19", "RFC7643-5-20", level="cosmetic")
def test_links_of_the_configuration_are_urls(scim: Session) -> None:
    """documentationUri and specUri are http(s) URLs, of the configuration and of each scheme."""
    document = config(scim)
    for holder in [document, *objects(document.get("authenticationSchemes"))]:
        for name in ("documentationUri", "specUri"):
            if holder.get(name) is not None and not is_link(holder[name]):  # null is no value: RFC 7643 2.5
                raise Finding(f"{name} is no URL", "https://…", repr(holder[name]))


@requirement("RFC7643-5-15", consequence="A set-up wizard that looks for the way to log in finds none.")
def test_authentication_schemes_are_public(scim: Session) -> None:
    """The configuration can be read before one knows how to authenticate."""
    answer = scim.client.send("GET", CONFIG, headers={"Authorization": None})
    if answer.status in (401, 403):
        raise Finding("the configuration is read with a token only", "200 without a token", str(answer.status))
    if not isinstance(answer["authenticationSchemes"], list):
        raise Finding("no authenticationSchemes without a token", "a list", repr(answer.json)[:160])


@requirement("RFC7643-5-15", consequence="A provider's connection test takes the URL for wrong.")
@pytest.mark.parametrize("endpoint", [CONFIG, "/ResourceTypes", "/Schemas"])
def test_discovery_without_a_token_gets_a_proper_answer(scim: Session, endpoint: str) -> None:
    """Open or protected, both are fine; not found or broken for those without a token is neither."""
    with_token = scim.get(endpoint)
    answer = scim.client.send("GET", endpoint, headers={"Authorization": None})
    if answer.status not in (200, 401, 403) and with_token.status == 200:
        raise Finding("without a token the endpoint is not there", "200 or 401", answer.told, Verdict.FAIL)


@requirement("RFC7643-5-02", level="lie")
def test_configuration_is_read_only(scim: Session) -> None:
    """Writes to /ServiceProviderConfig are refused and change nothing."""
    config(scim)
    cannot_be_written(scim, CONFIG)
