"""Texts as they are compared: in one Unicode form, and in one case unless caseExact (RFC 7643 2.2, RFC 7644 7.8)."""

from __future__ import annotations

from unicodedata import normalize


def folded(text: str) -> str:
    """For attributes that are not caseExact: accents composed or not and letters of full width are the same (RFC 7644 5)."""
    return text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())


def exact(text: str) -> str:
    """For caseExact attributes."""
    return text if text.isascii() else normalize("NFC", text)
