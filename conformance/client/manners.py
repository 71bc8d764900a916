"""Goals about manners: how a client waits, stops, and repeats, whatever the state at the end."""

from __future__ import annotations

from collections import Counter

from conformance.client.credentials import credential_of
from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Missed
from conformance.client.rules.transport import token_for_one_origin
from conformance.requirements.verdict import Verdict
from simulator.wording import counted

MANY = 20  # identical requests that fail
LARGE = 1_000  # members in one request
AFTER_401 = 5  # further requests of a client that stops


def waited(journey: Journey, steady: Journey | None) -> Missed:
    """A client that ends with an error and is started again does not decide how long the pause is."""
    for place, sent in enumerate(journey.sent[:-1]):
        pause = sent.exchange.response_headers.get("retry-after", "")
        if sent.status == 429 and pause.isdecimal():
            end = sent.seconds + sent.exchange.duration_ms / 1000
            run_ends = next((begin for begin in journey.runs if begin > place), None)
            early = [one for one in journey.sent[place + 1 : run_ends] if end < one.seconds < end + int(pause) - 0.1]
            if early:
                gone = early[0].seconds - end
                told = Complaint(
                    "The client did not wait after 429.", f"{pause} s (Retry-After)", f"{gone:.1f} s", Verdict.WARN
                )
                yield early[0], told


def stopped(journey: Journey, steady: Journey | None) -> Missed:
    refused = [sent for sent in journey.sent if sent.status == 401]
    if len(refused) > AFTER_401 and all(credential_of(sent.exchange) == "ours" for sent in refused):
        told = Complaint(
            "The client continued with the rejected token.",
            "a stop",
            f"{counted(len(refused), 'request')} with 401",
        )
        yield refused[AFTER_401], told
    if journey.exits and not any(journey.exits):
        yield (
            refused[0],
            Complaint("The client ended with exit code 0 although its token was rejected.", "an error", "0"),
        )


def refused(journey: Journey, steady: Journey | None) -> Missed:
    """Only a client that has accepted the certificate sends a request."""
    if journey.plain_text:
        yield None, Complaint("The client sent a request without TLS to an https URL.", "a TLS handshake", "plain text")
    for sent in journey.sent[:1]:
        with_token = credential_of(sent.exchange) != "none"
        what = "its token" if with_token else "a request"
        yield (
            sent,
            Complaint(f"The client sent {what} to a server whose certificate does not fit.", "no request", sent.told),
        )


def no_storm(journey: Journey, steady: Journey | None) -> Missed:
    failed: Counter[tuple[str, str, bytes]] = Counter()
    for sent in journey.sent:
        if not sent.ok:
            key = (sent.method, sent.path + sent.query, sent.raw)
            failed[key] += 1
            if failed[key] == MANY:
                yield sent, Complaint("The client repeats a failing request without end.", "a few attempts", f"{MANY}")


def quiet(journey: Journey, steady: Journey | None) -> Missed:
    if steady is not None and steady.sent:
        before, now = len(steady.writes), len(journey.writes)
        if now > before:
            told = Complaint(
                "The client wrote more than without this trouble.",
                counted(before, "write"),
                counted(now, "write"),
            )
            yield (journey.writes[-1].sent, told)


def no_read_only(journey: Journey, steady: Journey | None) -> Missed:
    for write in journey.writes:
        names = [str(one.get("path", "")) for one in write.operations]
        bad = [name for name in names if name.partition(".")[0].lower() in ("meta", "id")]
        if bad:
            yield write.sent, Complaint("The client writes a read-only value.", "no change", bad[0])


def no_unknown(journey: Journey, steady: Journey | None) -> Missed:
    for write in journey.writes:
        if write.method == "PATCH" and b"favoriteColor" in write.sent.raw:
            yield write.sent, Complaint("The client sends an unknown attribute back.", "no change", "favoriteColor")


def survived(journey: Journey, steady: Journey | None) -> Missed:
    healthy = steady is None or not any(steady.exits)
    last = journey.sent[-1] if journey.sent else None
    if journey.exits and journey.exits[-1] and healthy:
        yield last, Complaint("The client ended with an error.", "exit code 0", f"exit code {journey.exits[-1]}")
    elif any(journey.exits):
        yield (
            last,
            Complaint("The client ended with an error and succeeded when it was started again.", "", "", Verdict.NOTE),
        )


def no_whole_list(journey: Journey, steady: Journey | None) -> Missed:
    for write in journey.writes:
        count = write.sent.raw.count(b'"value"') if write.endpoint == "Groups" else 0
        if count > LARGE:
            yield write.sent, Complaint("The client sends every member.", "the difference", counted(count, "member"))


def no_leak(journey: Journey, steady: Journey | None) -> Missed:
    for sent, complaint in token_for_one_origin(journey):
        if complaint is not None:
            yield sent, complaint


def no_lost_ids(journey: Journey, steady: Journey | None) -> Missed:
    for sent in journey.sent:
        if sent.id and sent.status in (400, 404) and sent.method in ("PATCH", "PUT", "GET"):
            yield sent, Complaint("A request hit no resource.", "the id as returned", sent.path[:120])
