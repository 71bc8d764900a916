"""How requests travel: media types, encoding, credentials, and TLS."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from conformance.client.credentials import credential_of
from conformance.client.journey import RECORDING, Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import UNREADABLE
from conformance.requirements.json_values import type_name
from conformance.requirements.verdict import Verdict
from simulator.wording import counted

LOOPBACK = re.compile(r"^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$")
READABLE = ("application/scim+json", "application/json", "application/*", "*/*")


def media_type(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.raw:
            held = sent.headers.get("content-type", "")
            kind = held.partition(";")[0].strip().lower()
            wrong = None
            if kind == "application/json":
                wrong = Complaint("The body is labeled application/json.", "application/scim+json", held, Verdict.WARN)
            elif kind != "application/scim+json":
                wrong = Complaint(
                    "The body does not have the media type of SCIM.", "application/scim+json", held or "no Content-Type"
                )
            yield sent, wrong


def accept(journey: Journey) -> Judged:
    for sent in journey.sent:
        if held := sent.headers.get("accept"):
            kinds = [part.partition(";")[0].strip().lower() for part in held.split(",")]
            fits = any(kind in READABLE for kind in kinds)
            yield sent, None if fits else Complaint("Accept leaves out every form of JSON.", READABLE[0], held)


def utf8(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.raw and not sent.cut:
            charset = re.search(r"charset=\"?([\w-]+)", sent.headers.get("content-type", ""), re.I)
            named = charset[1].lower() if charset else "utf-8"
            try:
                sent.raw.decode("utf-8")
            except UnicodeDecodeError as error:
                if named == "utf-8":
                    yield sent, Complaint("The body is not UTF-8.", "UTF-8", f"byte {sent.raw[error.start]:#x}")
                    continue
            yield sent, None


def json_body(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.raw and not sent.cut:
            if sent.json is UNREADABLE:
                yield (
                    sent,
                    Complaint("The body is not JSON.", "a JSON object", sent.raw[:80].decode("utf-8", "replace")),
                )
            elif not isinstance(sent.json, dict):
                yield sent, Complaint("The body is not a JSON object.", "a JSON object", type_name(sent.json))
            elif twice := _names_twice(sent.raw):
                yield sent, Complaint("An object has two members of one name.", "unique names", f'"{twice}" twice')
            else:
                yield sent, None


def _names_twice(raw: bytes) -> str:
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name.lower() for name, _ in items]
        found.extend(name for name, _ in items if names.count(name.lower()) > 1)
        return {}

    json.loads(raw, object_pairs_hook=pairs)
    return found[0] if found else ""


def body_of_a_read(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.method in ("GET", "HEAD"):
            carried = Complaint("A GET carries a body.", "no body", counted(len(sent.raw), "byte"))
            yield sent, carried if sent.raw else None


def bearer_token(journey: Journey) -> Judged:
    for sent in journey.sent:
        kind = credential_of(sent.exchange)
        if kind == "malformed":
            yield sent, Complaint("The Authorization header does not have the form of a bearer token.", "Bearer TOKEN")
        elif kind == "basic":
            yield (
                sent,
                Complaint("The client sends HTTP Basic in place of the bearer token.", "Bearer TOKEN", "Basic …"),
            )
        elif kind != "none":
            yield sent, None


def token_is_sent(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.below:
            absent = credential_of(sent.exchange) == "none" and sent.status == 401
            yield sent, Complaint("The request has no token.", "Authorization: Bearer TOKEN") if absent else None


def token_stays_out_of_urls(journey: Journey) -> Judged:
    for sent in journey.sent:
        names = [name for name in sent.parameters if name.lower() in ("access_token", "token", "api_key", "apikey")]
        leaked = names or "in_url" in sent.exchange.cause
        yield sent, Complaint("The URL contains the token.", "the Authorization header") if leaked else None


def token_stays_out_of_cookies(journey: Journey) -> Judged:
    for sent in journey.sent:
        if "cookie" in sent.headers:
            leaked = "in_cookie" in sent.exchange.cause
            yield sent, Complaint("A cookie contains the token.", "the Authorization header") if leaked else None


def one_way_to_send_a_token(journey: Journey) -> Judged:
    for sent in journey.sent:
        if "access_token" in sent.parameters or b"access_token=" in sent.raw[:4096]:
            both = "authorization" in sent.headers
            yield sent, Complaint("The token is sent twice.", "the Authorization header alone") if both else None


def token_for_one_origin(journey: Journey) -> Judged:
    """Only a host to which a reply has led the client is another one; a user may write the first one in several ways."""
    led: dict[str, str] = {}
    for sent in journey.sent:
        if sent.host in led:
            leaked = credential_of(sent.exchange) != "none"
            told = Complaint("The token was sent to another origin.", led[sent.host], sent.host)
            yield sent, told if leaked else None
        elif sent.leads_to:
            led[sent.leads_to] = sent.host
            yield sent, None


def https(journey: Journey) -> Judged:
    """A situation that is served without TLS leaves the client no choice; a recording shows what the client chose."""
    if journey.situation != RECORDING and urlsplit(journey.base).scheme == "http":
        return
    for sent in journey.sent:
        parts = urlsplit(sent.exchange.url)
        if not LOOPBACK.match(parts.hostname or ""):
            plain = parts.scheme != "https"
            yield sent, Complaint("The request was sent without TLS.", "https", parts.scheme) if plain else None


def user_info(journey: Journey) -> Judged:
    for sent in journey.sent:
        bad = sent.exchange.cause.get("user_info") or "@" in urlsplit(sent.exchange.url).netloc
        yield sent, Complaint("The URL contains a user name or password.", "no user info") if bad else None


def encoded_url(journey: Journey) -> Judged:
    for sent in journey.sent:
        target = sent.path + ("?" + sent.query if sent.query else "")
        raw = re.search(r"[^\x21-\x7e]|[\"<>\\^`{|}\[\]]|%(?![0-9A-Fa-f]{2})", target)
        wrong = Complaint("The URL is not percent-encoded.", "%XX", f'"{raw[0]}" in {target[:120]}') if raw else None
        yield sent, wrong


def user_agent(journey: Journey) -> Judged:
    for sent in journey.sent:
        named = sent.headers.get("user-agent", "").strip()
        yield sent, None if named else Complaint("The request has no User-Agent.", "User-Agent: NAME/VERSION")


def no_conditional_headers(journey: Journey) -> Judged:
    for sent in journey.sent:
        held = [name for name in ("if-match", "if-none-match", "if-modified-since") if name in sent.headers]
        yield sent, Complaint("The request is conditional.", "no entity tags", held[0]) if held else None
