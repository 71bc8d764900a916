"""Blocking connections for tools that are not asynchronous. Each request is sent once, with limits on time and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import urllib3

from simulator.wire.body import Collected, Unusable
from simulator.wire.deadline import Watchman, watched_pools

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response without redaction. Header names are lower case."""

    status: int
    headers: Mapping[str, list[str]] = field(repr=False)
    body: bytes = field(repr=False)

    def all(self, name: str) -> str:
        """All values of a header, joined as RFC 9110 section 5.3 allows."""
        return ", ".join(self.headers.get(name, []))


class Connections:
    """Keep-alive connections. Redirects are not followed, and cookies are not stored."""

    def __init__(self, timeout_s: float, *, pool_size: int = 4, verify_tls: bool = True) -> None:
        self.timeout_s = timeout_s
        self._watchman = Watchman(timeout_s)
        self._http = watched_pools(
            self._watchman,
            timeout=urllib3.Timeout(total=timeout_s),
            retries=False,
            maxsize=pool_size,
            block=False,
            cert_reqs="CERT_REQUIRED" if verify_tls else "CERT_NONE",
        )

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send one request. Raises Unusable for a response that is too large or too late, and urllib3's HTTPError."""
        try:
            reply = self._answer(method, url, headers, body)
        except BaseException as error:
            if self._watchman.end() and isinstance(error, urllib3.exceptions.HTTPError | OSError | ValueError):
                raise self._late() from None
            raise
        if self._watchman.end():
            raise self._late()
        return reply

    def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        response = self._http.request(
            method, url, body=body, headers=headers, redirect=False, preload_content=False, decode_content=False
        )
        try:
            collected = Collected(response.length_remaining)
            while chunk := response.read(CHUNK):
                collected.add(chunk)
            packing = response.headers.get("content-encoding")
            found = collected.body(packing)
        except BaseException:
            response.close()  # the rest of the response is not read
            raise
        finally:
            response.release_conn()
        kept = {name.lower(): response.headers.getlist(name) for name in response.headers}
        return Reply(response.status, kept, found)

    def _late(self) -> Unusable:
        return Unusable(f"no complete response within {self.timeout_s:g} s")
