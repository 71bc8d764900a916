"""The tenant URL of an Entra application, and the flag in its query that selects the PATCH dialect (docs/notes/entra.md 1.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from simulator.entra.requests import Dialect


def chooses_optimised(url: str) -> bool:
    """Whether the query of a tenant URL contains the flag of the SCIM-compliant PATCH dialect."""
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return any(flag == Dialect.AAD_OPT_SCIM_062020 for flag, _ in query)


def without_flag(url: str | None) -> str | None:
    """The tenant URL without the flag of the dialect. A knob decides whether each request adds the flag again."""
    if url is None or "?" not in url:
        return url
    bare, _, query = url.partition("?")
    rest = [part for part in query.split("&") if part.partition("=")[0] != Dialect.AAD_OPT_SCIM_062020]
    return f"{bare}?{'&'.join(rest)}" if rest else bare
