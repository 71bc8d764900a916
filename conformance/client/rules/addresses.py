"""Where requests go: endpoints, methods, ids, references, and versions."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged

FIXED = ("ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me", ".search", "")


def below_the_base_url(journey: Journey) -> Judged:
    for sent in journey.sent:
        if urlsplit(sent.exchange.url).netloc != urlsplit(journey.base).netloc:
            continue
        yield (
            sent,
            None if sent.below else Complaint("The URL is not below the base URL.", journey.base, sent.exchange.url),
        )


def known_endpoints(journey: Journey) -> Judged:
    known = [journey.target.endpoint_of(rtype).strip("/") for rtype in journey.target.resource_types]
    for sent in journey.sent:
        if sent.below:
            if "//" in sent.path:
                yield sent, Complaint("The path has an empty segment.", "one slash", sent.path)
                continue
            fits = sent.endpoint in (*known, *FIXED)
            near = next((one for one in (*known, *FIXED) if one.lower() == sent.endpoint.lower()), "/Users")
            told = Complaint("The server does not have this endpoint.", near, f"/{sent.endpoint}"[:120])
            yield sent, None if fits else told


def methods_fit_paths(journey: Journey) -> Judged:
    for sent in journey.sent:
        if not sent.below or not journey.definitions(sent.endpoint) or len(sent.parts) > 2:
            continue
        if sent.method == "POST" and sent.id:
            yield sent, Complaint("The client posts to a single resource.", f"POST /{sent.endpoint}", sent.told)
        elif sent.method in ("PUT", "PATCH", "DELETE") and not sent.id:
            yield (
                sent,
                Complaint(f"The client sends {sent.method} to a whole endpoint.", f"/{sent.endpoint}/ID", sent.told),
            )
        elif sent.method != "GET":
            yield sent, None


def put_creates_nothing(journey: Journey) -> Judged:
    seen = {str(one.get("id")) for sent in journey.sent for one in sent.resources()}
    for write in journey.writes:
        if write.method == "PUT" and write.id:
            made = write.sent.status == 404 and write.id not in seen
            yield write.sent, Complaint("The client creates by PUT.", "POST", write.sent.told) if made else None


def ids_come_from_the_server(journey: Journey) -> Judged:
    """An id that the client cannot know from this recording may come from an earlier one; a guessed one is recognized."""
    seen: set[str] = set()
    guesses: dict[str, str] = {}
    for sent in journey.sent:
        if sent.id and journey.definitions(sent.endpoint):
            told = None
            if sent.id not in seen and sent.status in (400, 404):
                if sent.id.lower() in guesses:
                    told = Complaint(
                        f"The client uses {guesses[sent.id.lower()]} as an id.", "id of the server", sent.id
                    )
                elif any(sent.id.lower() == one.lower() for one in seen):
                    told = Complaint("The client changes the case of an id.", "the id as returned", sent.id)
            yield sent, told
        for resource in sent.resources():
            seen.add(str(resource.get("id")))
        for name in ("userName", "externalId", "displayName"):
            if isinstance(held := sent.body.get(name), str):
                guesses[held.lower()] = name
        for quoted in re.findall(r'"([^"]+)"', sent.filter):
            guesses.setdefault(quoted.lower(), "a value of a filter")


def members_are_ids(journey: Journey) -> Judged:
    seen: set[str] = set()
    names: dict[str, str] = {}
    for sent in journey.sent:
        for name in ("userName", "externalId"):
            if isinstance(held := sent.body.get(name), str):
                names[held] = name
        for value in journey.member_ids.get(sent.number, ()):
            wrong = value in names and value not in seen
            told = Complaint("A member is named by its userName or externalId.", "the id of the user", value)
            yield sent, told if wrong else None
        for resource in sent.resources():
            seen.add(str(resource.get("id")))
            for name in ("userName", "externalId"):
                if isinstance(held := resource.get(name), str):
                    names[held] = name


def managers_are_ids(journey: Journey) -> Judged:
    seen = {str(one.get("id")) for sent in journey.sent for one in sent.resources()}
    for value in journey.values:
        if value.path.lower().endswith(("manager.value", ":manager")) and isinstance(value.value, str) and value.value:
            known = value.value in seen or value.value.startswith("bulkId:")
            told = Complaint("The manager is not the id of a user that the client has seen.", "an id", value.value)
            yield value.write.sent, None if known else told


def references_are_below_the_base_url(journey: Journey) -> Judged:
    host = urlsplit(journey.base).netloc
    for value in journey.values:
        if value.path.lower().endswith("$ref") and isinstance(value.value, str):
            parts = urlsplit(value.value)
            wrong = bool(parts.netloc and parts.netloc != host)
            told = Complaint("A $ref leads to another server.", journey.base, value.value[:120])
            yield value.write.sent, told if wrong else None


def versions_are_entity_tags(journey: Journey) -> Judged:
    for sent in journey.sent:
        for name in ("if-match", "if-none-match"):
            if (held := sent.headers.get(name)) is not None:
                fits = held.strip() == "*" or re.fullmatch(r'\s*(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*\s*', held)
                told = Complaint(f"{name} is not an entity tag.", 'W/"…", as the server sent it', held[:80])
                yield sent, None if fits else told


def supported_features(journey: Journey) -> Judged:
    """A client that has read the configuration knows what the server does not offer."""
    config: dict[str, bool] = {}
    for sent in journey.sent:
        used = "bulk" if sent.path.rstrip("/") == "/Bulk" else "patch" if sent.method == "PATCH" else ""
        used = used or ("filter" if sent.filter else "sort" if "sortBy" in sent.parameters else "")
        if used in config:
            told = Complaint(f"The client uses {used}, which ServiceProviderConfig does not offer.", "", sent.told)
            yield sent, None if config[used] else told
        if sent.path.rstrip("/") == "/ServiceProviderConfig" and sent.ok:
            for name in ("patch", "bulk", "filter", "sort"):
                held = sent.reply.get(name)
                config[name] = not isinstance(held, dict) or held.get("supported") is not False


def secrets_of_users(journey: Journey) -> Judged:
    for value in journey.values:
        if value.write.endpoint == "Users":
            leaked = value.path.lower() == "password"
            yield (
                value.write.sent,
                Complaint("The client sends a password.", "no password", "password") if leaked else None,
            )


def groups_without_members(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.method == "GET" and sent.is_list and sent.endpoint == "Groups":
            narrow = "attributes" in sent.parameters or "excludedAttributes" in sent.parameters
            told = Complaint("The list of groups contains every member.", "excludedAttributes=members", sent.told)
            yield sent, None if narrow else told
