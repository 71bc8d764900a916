"""Strings whose form a standard defines: languages, time zones, countries, email addresses, and phone numbers."""

from __future__ import annotations

import re

from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged

_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
_LANGUAGES = re.compile(r"\s*(\*|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)\s*(;\s*q\s*=\s*[01](\.\d{1,3})?)?\s*$")
_ZONE = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+$")
_PHONE = re.compile(r"(tel:)?\+?[\d().\- ]+([;,]?\s*(ext|x)[=. ]*\d+)?$", re.I)


def _worded(journey: Journey, path: str, pattern: re.Pattern[str], expected: str) -> Judged:
    for value in journey.values:
        if value.path.lower() == path and isinstance(value.value, str) and value.value:
            fits = (
                all(pattern.match(part) for part in value.value.split(","))
                if path == "preferredlanguage"
                else (pattern.match(value.value))
            )
            told = Complaint(f"{value.path} does not have the required form.", expected, value.value)
            yield value.write.sent, None if fits else told


def locale(journey: Journey) -> Judged:
    yield from _worded(journey, "locale", _LOCALE, "a language tag such as en-US")


def preferred_language(journey: Journey) -> Judged:
    yield from _worded(journey, "preferredlanguage", _LANGUAGES, "Accept-Language, such as en-US")


def time_zone(journey: Journey) -> Judged:
    yield from _worded(journey, "timezone", _ZONE, "an IANA time zone such as Europe/Berlin")


def country(journey: Journey) -> Judged:
    yield from _worded(journey, "addresses.country", re.compile(r"[A-Z]{2}$"), "two letters, such as US")


def mail_addresses(journey: Journey) -> Judged:
    yield from _worded(journey, "emails.value", _MAIL, "an email address")


def phone_numbers(journey: Journey) -> Judged:
    yield from _worded(journey, "phonenumbers.value", _PHONE, "a phone number such as +1-201-555-0123")
