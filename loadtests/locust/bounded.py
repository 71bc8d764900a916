"""Applies the common limits for headers, body, and time of responses to Locust's client."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import geventhttpclient.client
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse
from locust.contrib.fasthttp import FastHttpSession, FastResponse

from simulator.wire.body import MAX_BODY_BYTES, Unusable, unpacked

MAX_HEAD_BYTES = 256 * 1024
WHOLE_ANSWER_SECONDS = 100.0  # the default of .NET's HttpClient


class TooLarge(HTTPParseError):
    """A response exceeds the limits. Locust counts it as a failed request, like any response that cannot be parsed."""


class BoundedResponse(HTTPSocketPoolResponse):
    """Counts received bytes, because geventhttpclient limits neither headers nor body."""

    _arrived = 0

    def feed(self, data: str | bytes) -> None:
        self._arrived += len(data)
        if not self.headers_complete and self._arrived > MAX_HEAD_BYTES:
            raise TooLarge(f"the response has more than {MAX_HEAD_BYTES} bytes of headers")
        if self._arrived > MAX_BODY_BYTES + MAX_HEAD_BYTES:
            raise TooLarge(f"the response has more than {MAX_BODY_BYTES} bytes")
        super().feed(data)


class BoundedFastResponse(FastResponse):
    """Decompresses the body within the limit."""

    def _content(self) -> bytes:
        if self.headers is None or self._response is None:
            return b""
        packed = self._response.read()
        self.release()
        encodings = self.headers.getlist("content-encoding")
        try:
            return unpacked(packed, ", ".join(encodings))
        except Unusable as error:
            raise TooLarge(str(error)) from None


def bound(session: FastHttpSession) -> None:
    """Apply the limits to a session, and turn off cookies, which providers do not store."""
    vars(geventhttpclient.client)["HTTPSocketPoolResponse"] = (
        BoundedResponse  # the class that its client uses for responses
    )
    vars(session.client)["response_type"] = BoundedFastResponse
    session.cookiejar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
