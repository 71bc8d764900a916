"""IPSIE AL SCIM profile section 8: errors have SCIM's form and disclose no internal details."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.samples import replaced

Mistake = Callable[[Session], Answer]
# Mistakes of a client, and the scimTypes that RFC 7644 section 3.12, table 9, defines for them.
MISTAKES: dict[str, tuple[Mistake, tuple[str, ...]]] = {
    "an unknown id": (lambda scim: scim.get(f"{scim.users}/{expect.UNKNOWN}"), ()),
    "broken JSON": (lambda scim: scim.post(scim.users, None, raw=b'{"userName": '), ("invalidSyntax",)),
    "a value of another type": (
        lambda scim: scim.post(scim.users, {**scim.user_body(), "userName": {"a": [1]}}),
        ("invalidSyntax", "invalidValue"),
    ),
    "a broken filter": (lambda scim: scim.get(scim.users, filter="userName eq eq '--"), ("invalidFilter",)),
    "a broken path": (
        lambda scim: scim.patch(scim.path_of(scim.new_user()), replaced("x", "emails[type eq")),
        ("invalidPath", "invalidFilter", "invalidSyntax", "noTarget"),
    ),
    "a userName that exists": (
        lambda scim: scim.post(scim.users, scim.user_body(userName=scim.new_user()["userName"])),
        ("uniqueness",),
    ),
    "no token": (lambda scim: scim.client.send("GET", scim.users, headers={"Authorization": None}), ()),
    "a quotation mark in an id": (lambda scim: scim.get(f"{scim.users}/%27%22%3B--"), ()),
}
# Patterns of internal details. The server's own URL is removed from the text first, as the client knows it.
LEAKS = {
    "a stack trace": re.compile(r"Traceback|\bat [\w.$]+\([\w.]+:\d+\)|^\s+at .+:\d+|File \".+\", line \d+", re.M),
    "SQL": re.compile(
        r"\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM)\b|SQLSTATE|ORA-\d{5}|syntax error at or near"
    ),
    "a path of the file system": re.compile(r"(?<![\w:/])/(usr|home|var|opt|app|srv|etc)/\w|[A-Z]:\\\\?\w+\\"),
    "a package": re.compile(
        r"\b(org\.springframework|java\.lang|System\.\w+Exception|psycopg|sqlalchemy|node_modules)"
    ),
    "a host inside": re.compile(r"\b[\w-]+\.(internal|cluster\.local|svc)\b|\b10\.\d+\.\d+\.\d+\b"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
@requirement(
    "IPSIE-ALL-8-01",
    level="refusal",
    consequence="The identity service cannot tell what to correct, and keeps retrying.",
)
def test_ipsie_errors_have_their_form(scim: Session, mistake: str) -> None:
    """Each error must be a SCIM error with a string status and the scimType of RFC 7644; a missing scimType is a warning."""
    send, scim_types = MISTAKES[mistake]
    answer = send(scim)
    if answer.status < 400:
        raise NotOffered(f"an error for {mistake}")
    expect.refused(answer)
    given = answer["scimType"]
    if scim_types and given is None:
        scim.warn("the error has no scimType", " or ".join(scim_types), "none")
    elif scim_types and given not in scim_types:
        raise Finding("another scimType than expected", " or ".join(scim_types), json_of(given))


@pytest.mark.parametrize("mistake", list(MISTAKES))
@requirement(
    "IPSIE-ALL-8-02",
    level="refusal",
    consequence="An attacker learns how the server is built and where it may be vulnerable.",
    fix="Log the internal error, and return only what was wrong with the request.",
)
def test_ipsie_errors_give_nothing_away(scim: Session, mistake: str) -> None:
    """No error may contain a stack trace, SQL, a file path, a package name, or an internal host name."""
    answer = MISTAKES[mistake][0](scim)
    if answer.status < 400:
        raise NotOffered(f"an error for {mistake}")
    text = answer.exchange.response_body.decode("utf-8", "replace").replace("\\n", "\n")
    base = urlsplit(scim.client.base_url)
    for own in (scim.client.base_url, base.netloc, base.hostname or "", base.path):
        text = text.replace(own, "") if own else text
    for what, pattern in LEAKS.items():
        hit = pattern.search(text)
        if hit:
            raise Finding(f"an error contains {what}", "what was wrong with the request", hit.group(0)[:120])
