"""One connection: one request at a time, each within the limits, and an end for every wait.

Uvicorn's parser (llhttp) checks the syntax strictly. It bounds neither bytes nor time, though, stops reading HTTP at an
`Upgrade`, and accepts any `Host`. So this protocol collects the head of each request itself, checks it, and gives the parser
one message at a time.
"""

from __future__ import annotations

import time
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reference_server.front_door.door import Door, Phase, Seen, error_response
from reference_server.front_door.head import END, Misfit, check_coding, checked, checked_target, end_of_head
from reference_server.front_door.transport import OneWriteTransport

CHUNKED = -1  # the length of a body that itself says where it ends
FRAMING_BYTES = 65_536  # of the chunks of a body: sizes, extensions, and trailers, beyond eight times its own bytes
DISCARDED_BYTES = 16_777_216  # read of a body that no one needs, so that the client gets to read its response
PROGRESS_BYTES = 16_384  # of a response: a client that reads less within `max_unread_seconds` is cut off


def protocol(door: Door) -> type[FrontDoor]:
    """The protocol class for uvicorn, which makes an instance for each connection."""
    return type("FrontDoor", (FrontDoor,), {"door": door})


class FrontDoor(HttpToolsProtocol):
    """The connection of one client."""

    door: Door

    def connection_made(self, transport: Any) -> None:
        self._held = bytearray()  # received, but not parsed: a part of a head, or requests that wait for their turn
        self._searched = 0  # bytes of it that hold no end of a head
        self._left = 0  # bytes of the body that are still to come, or CHUNKED
        self._received = self._decoded = 0  # bytes of the body, with and without the framing of chunks
        self._discarded = 0
        self._is_deaf = False  # whatever else comes is discarded
        self._takes_head = False  # the parser has been given a head, so that one may end
        self._host: bytes | None = None  # the last one that was checked
        self._requests = self._looks = 0
        self._stays = False  # the door counts it as one of its connections
        self._seen = Seen(Phase.IDLE, 0, 0)
        super().connection_made(OneWriteTransport(transport, self._lingers))  # type: ignore[arg-type]
        self.address = self.client[0] if self.client else ""
        may_stay = self.door.enter(self.address, self.connections, time.monotonic())  # type: ignore[arg-type]
        if may_stay is None:
            self.transport.abort()
        elif not may_stay:
            self._reject(503, "too many connections")
        self._stays = bool(may_stay)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._is_deaf = True
        if self._stays:
            self.door.leave(self.address)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends nothing more, but may still read: whether the connection stays open for a response."""
        if self._left or self._may_begin():
            return False
        self._close_after_response()
        return True

    # ── what comes in ──

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._discard(len(data))
            return
        if not self._held:
            data = self._take_whole(data)
        if data and not self._is_deaf:
            self._held += data
            self._take_held()

    def _take_whole(self, data: bytes) -> bytes:
        """Parse what comes in the usual pieces: a head, its body, or both. Returns the rest."""
        if not self._left:
            end = data.find(END) + 4
            if end < 4 or data[0] < 33 or not self._may_begin():
                return data
            if end == len(data):
                self._feed_head(data)
                return b""
            self._feed_head(data[:end])
            data = data[end:]
        if self._left == CHUNKED or len(data) <= self._left:
            self._feed_body(data)
            return b""
        return data

    def _may_begin(self) -> bool:
        """Whether the request before is answered and has arrived as a whole."""
        return self.cycle is None or (self.cycle.response_complete and not self._left)

    def _take_held(self) -> None:
        """Parse what was received, until a request waits for its own rest or for the response to the one before."""
        held = self._held
        while held and not self._is_deaf:
            if self._left:
                piece = bytes(held if self._left == CHUNKED else held[: self._left])
                del held[: len(piece)]
                self._feed_body(piece)
                continue
            if not self._may_begin():
                self.flow.pause_reading()
                return
            try:
                end = end_of_head(held, self._searched, self.door.limits)
            except Misfit as misfit:
                self._reject(misfit.status, str(misfit))
                return
            if end < 0:
                self._searched = len(held)
                return
            head = bytes(held[:end]).lstrip(b"\r\n")
            del held[:end]
            self._searched = 0
            self._feed_head(head)

    def _feed_head(self, head: bytes) -> None:
        self._requests += 1
        self._takes_head = True
        try:
            self.parser.feed_data(checked(head, self.door.limits))
        except Misfit as misfit:
            self._reject(misfit.status, str(misfit))
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            cause = error.__context__
            if isinstance(cause, Misfit):
                self._reject(cause.status, str(cause))
            else:
                self._reject(400, "the request is not valid HTTP/1.1")

    def on_headers_complete(self) -> None:
        headers, door = self.headers, self.door
        if not self._takes_head:
            raise Misfit(400, "a request follows a body in chunks without waiting for the response")
        self._takes_head = False
        fields = dict(headers)
        is_usual = fields.get(b"host") == self._host is not None and self.url[:1] == b"/"
        if not is_usual or not len(fields) == len(headers) <= door.limits.max_headers:
            self.url = checked_target(self.url, headers, self.parser.get_http_version(), door.limits)
            self._host = dict(headers).get(b"host")
        if b"transfer-encoding" in fields:
            check_coding(fields[b"transfer-encoding"], self.parser.get_http_version())
            self._left = CHUNKED
        elif b"content-length" in fields:
            self._left = int(fields[b"content-length"])
        if door.cut_extension is not None:
            self.scope["extensions"] = {door.cut_extension: self.transport.abort}  # type: ignore[dict-item]
        super().on_headers_complete()
        self.headers = []  # a trailer is not a header (RFC 9110 6.5.1)
        if self._left:
            self._received = self._decoded = self._discarded = 0
            if self._left > door.limits.max_body_bytes:
                self.cycle.keep_alive = False  # the rest of the body is not worth waiting for

    def _feed_body(self, piece: bytes) -> None:
        is_chunked = self._left == CHUNKED
        if not is_chunked:
            self._left -= len(piece)
        self._received += len(piece)
        try:
            self.parser.feed_data(piece)
            is_valid = True
        except httptools.HttpParserError as error:
            is_valid = isinstance(error.__context__, Misfit)
        if self.scope is not self.cycle.scope:  # the next request has begun: legal, but no known client does it
            self._close_after_response()
            return
        if not is_valid:
            self._reject(400, "the framing of the body is not valid HTTP/1.1")
            return
        limit = self.door.limits.max_body_bytes
        if is_chunked and self._received > FRAMING_BYTES + 8 * self._decoded:
            self._reject(413, "the chunk extensions and trailers of the body are too long")
        elif self.cycle.response_complete:
            self._discard(len(piece))
        elif self._decoded > 2 * limit:  # an endpoint that has not noticed by itself
            self._reject(413, f"the body has more than {limit} bytes")

    def on_body(self, body: bytes) -> None:
        self._decoded += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._left, cycle = 0, self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > DISCARDED_BYTES:
            self.transport.abort()

    # ── what goes out ──

    def on_response_complete(self) -> None:
        if self.cycle.scope["method"] == "HEAD":
            self.transport.write(b"")  # it has no body to bring its head along
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self._is_deaf:
            return
        if self._left and self.expect_100_continue and not self._received:
            self._linger()  # the client may or may not send the body now: what comes next has no meaning
            return
        self.flow.resume_reading()
        if self._held:
            self._take_held()

    def _reject(self, status: int, detail: str) -> None:
        """Respond to what is coming in with an error, and end the connection."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.abort()
                return
        self.transport.write(error_response(status, detail))
        self._linger()

    def _linger(self) -> None:
        """End the responses now, and the connection when the client has read them: to close it with unread data would
        destroy what is on its way (RFC 9112 9.6)."""
        self._is_deaf, self._left = True, 0
        self._held.clear()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()

    def _lingers(self) -> bool:
        """Called when uvicorn closes the connection after a response: linger if the client has sent more, or is about to."""
        if self._is_deaf or not (self._left or self._held):
            return False
        self._linger()
        return True

    def _close_after_response(self) -> None:
        self._is_deaf = True
        if self.cycle.response_complete:
            self._linger()
        self.cycle.keep_alive = False

    # ── how long it may take ──

    def look(self) -> None:
        """Called once a second: end what waits for too long. This costs nothing on the way of a request."""
        unsent = self.transport.get_write_buffer_size()
        seen = Seen(self._phase(unsent), self._requests, unsent // PROGRESS_BYTES)
        if seen != self._seen:
            self._seen, self._looks = seen, 0
        self._looks += 1
        if self._looks > self.door.seconds(seen.phase, is_first=self._requests == 0):
            self._give_up(seen.phase)

    def idle(self) -> tuple[bool, int] | None:
        phase = self._phase(self.transport.get_write_buffer_size())
        if not self._stays or self.transport.is_closing() or phase not in (Phase.IDLE, Phase.HEAD):
            return None
        if not self._requests:
            return False, -self._looks
        # A client that has just got its response may be about to send the next request.
        return (True, -self._looks) if self._looks > 1 and phase is self._seen.phase else None

    def give_way(self) -> None:
        self._stays = False
        self.transport.close()

    def _phase(self, unsent: int) -> Phase:
        is_answered = self.cycle is None or self.cycle.response_complete or self.cycle.disconnected
        if unsent:
            return Phase.READER
        if self._is_deaf and is_answered:
            return Phase.CLOSE
        if self._left:
            return Phase.BODY
        if not is_answered:
            return Phase.WORK
        return Phase.HEAD if self._held else Phase.IDLE

    def _give_up(self, phase: Phase) -> None:
        limits = self.door.limits
        if phase is Phase.IDLE:
            self.transport.close()
        elif phase is Phase.HEAD:
            self._reject(408, f"the headers did not arrive within {limits.max_head_seconds} s")
        elif phase is Phase.BODY and not self.cycle.response_complete:
            self._reject(408, f"the body did not arrive within {limits.max_body_seconds} s")
        else:
            self.transport.abort()
