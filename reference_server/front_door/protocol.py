"""The HTTP protocol of one connection: one request at a time, with limits for sizes and a timeout for every wait.

Uvicorn's parser (llhttp) checks the syntax strictly, but it limits neither size nor time, stops reading HTTP at an
`Upgrade` header, and accepts any `Host`. This protocol therefore collects and checks the head of each request itself and
passes one message at a time to the parser.
"""

from __future__ import annotations

import time
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reference_server.front_door.door import Door, Phase, Seen, error_response
from reference_server.front_door.exchange import Exchange, Transport, new_exchange
from reference_server.front_door.head import END, Misfit, check_coding, checked, checked_target, end_of_head

CHUNKED = -1  # stands for the length of a chunked body, which marks its own end
FRAMING_BYTES = 65_536  # maximum size of chunk sizes, extensions, and trailers, beyond eight times the size of the body
DISCARDED_BYTES = 16_777_216  # maximum size that is read of an unneeded body, so that the client reads its response
PROGRESS_BYTES = 16_384  # a client that reads less of its response within `max_unread_seconds` is disconnected


def protocol(door: Door) -> type[FrontDoor]:
    """The protocol class for uvicorn, which creates an instance for each connection."""
    return type("FrontDoor", (FrontDoor,), {"door": door})


class FrontDoor(HttpToolsProtocol):
    """One connection of a client."""

    door: Door
    _stays = False  # whether the door counts this connection

    def connection_made(self, transport: Any) -> None:
        self._held = bytearray()  # received but not parsed yet: an incomplete head, or pipelined requests
        self._searched = 0  # the first bytes of it that are known not to contain the end of a head
        self._left = 0  # bytes of the body that are not received yet, or CHUNKED
        self._received = self._decoded = self._discarded = 0  # bytes of the body: with framing, without it, unneeded
        self._is_deaf = self._takes_head = False  # discards all input; the parser is within the head of a message
        self._host: bytes | None = None  # the state at the last check
        self._requests = self._looks = 0
        self._fresh: Exchange | None = None  # not started yet, because its body may follow immediately
        self._seen = Seen(Phase.IDLE, 0, 0)
        super().connection_made(Transport(transport, self._lingers))  # type: ignore[arg-type]
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
        """The client has finished sending but may still read. Returns whether the connection stays open for a response."""
        if self._left or self._may_begin():
            return False
        self._close_after_response()
        return True

    # ── input ──

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._discard(len(data))
            return
        if not self._held:
            if self.door.whole and self._may_begin() and self.door.whole.begin(self, data):
                self._requests += 1
                return
            data = self._take_whole(data)
        if data and not self._is_deaf:
            self._held += data
            self._take_held()
        self._start_fresh()

    def _take_whole(self, data: bytes) -> bytes:
        """Parse input that arrives in the usual pieces: a head, a body, or both. Returns the rest."""
        if not self._left:
            end = data.find(END) + 4
            if end < 4 or data[0] < 33 or not self._may_begin():
                return data
            self._feed_head(data[:end])
            data = data[end:]
        if data and (self._left == CHUNKED or len(data) <= self._left):
            self._feed_body(data)
            return b""
        return data

    def _may_begin(self) -> bool:
        """Whether the previous request and its response are complete."""
        return self.cycle is None or (self.cycle.response_complete and not self._left)

    def _take_held(self) -> None:
        """Parse the received bytes until a request is incomplete or must wait for the response to the previous one."""
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
            head, self._searched = bytes(held[:end]).lstrip(b"\r\n"), 0
            del held[:end]
            self._feed_head(head)

    def _feed_head(self, head: bytes) -> None:
        self._requests += 1
        self._takes_head = True
        try:
            self.parser.feed_data(checked(head, self.door.limits))
            if self.door.whole:
                self.door.whole.remember(head, list(self.cycle.scope["headers"]))
        except (Misfit, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            misfit = error if isinstance(error, Misfit) else error.__context__
            if not isinstance(misfit, Misfit):
                misfit = Misfit(400, "the request is not valid HTTP/1.1")
            self._reject(misfit.status, str(misfit))

    def on_headers_complete(self) -> None:
        headers, door = self.headers, self.door
        if not self._takes_head:
            raise Misfit(400, "the client sent another request after a chunked body without waiting for the response")
        self._takes_head = False
        version = self.parser.get_http_version()
        fields = dict(headers)
        is_usual = fields.get(b"host") == self._host is not None and self.url[:1] == b"/"
        if not is_usual or not len(fields) == len(headers) <= door.limits.max_headers:
            self.url = checked_target(self.url, headers, version, door.limits)
            self._host = dict(headers).get(b"host")
        if b"transfer-encoding" in fields:
            check_coding(fields[b"transfer-encoding"], version)
            self._left = CHUNKED
        elif b"content-length" in fields:
            self._left = int(fields[b"content-length"])
        if door.cut_extension:
            self.scope["extensions"] = {door.cut_extension: self.transport.abort}  # type: ignore[dict-item]
        self.cycle = self._fresh = new_exchange(self, version)
        self.headers = []  # a trailer is not a header (RFC 9110 section 6.5.1)
        if self._left:
            self._received = self._decoded = self._discarded = 0
            if self._left > door.limits.max_body_bytes:
                self.cycle.keep_alive = False  # do not wait for the rest of the body

    def _start_fresh(self) -> None:
        fresh, self._fresh = self._fresh, None
        if fresh is not None and not (self.door.whole and self.door.whole.take_over(self, fresh)):
            fresh.start(self.app, self.tasks)

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
        if self.scope is not self.cycle.scope:  # the client pipelines, which is allowed, but no known client does it
            self._close_after_response()
            return
        if not is_valid:
            self._reject(400, "the framing of the body is not valid HTTP/1.1")
            return
        limit = self.door.limits.max_body_bytes
        if is_chunked and self._received > FRAMING_BYTES + 8 * self._decoded:
            self._reject(413, "the chunk extensions and trailers of the body are too large")
        elif self.cycle.response_complete:
            self._discard(len(piece))
        elif self._decoded > 2 * limit:  # for endpoints that do not check the size themselves
            self._reject(413, f"the body is larger than {limit} bytes")

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

    # ── output ──

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self._is_deaf:
            return
        if self._left and self.expect_100_continue and not self._received:
            self._linger()  # it is unknown whether the client sends the body now, so the following bytes cannot be interpreted
            return
        self.flow.resume_reading()
        if self._held:
            self._take_held()
            self.loop.call_soon(self._start_fresh)  # not here, because the previous request may still be running

    def _reject(self, status: int, detail: str) -> None:
        """Respond to the incoming request with an error, then close the connection."""
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
        """End the output, and close when the client has read it: an earlier close can discard it (RFC 9112 section 9.6)."""
        self._is_deaf, self._left = True, 0
        self._held.clear()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()

    def _lingers(self) -> bool:
        """Whether to delay the close that uvicorn requests after a response, because the client has sent more or may do so."""
        if self._is_deaf or not (self._left or self._held):
            return False
        self._linger()
        return True

    def _close_after_response(self) -> None:
        self._is_deaf = True
        if self.cycle.response_complete:
            self._linger()
        self.cycle.keep_alive = False

    # ── timeouts ──

    def look(self) -> None:
        """Called once a second: close the connection if it waits for too long. This adds no cost to requests."""
        unsent = self.transport.get_write_buffer_size()
        seen = Seen(self._phase(unsent), self._requests, unsent // PROGRESS_BYTES)
        self._looks = self._looks + 1 if seen == self._seen else 1
        self._seen = seen
        if self._looks > self.door.seconds(seen.phase, is_first=self._requests == 0):
            self._give_up(seen.phase)

    def idle(self) -> tuple[bool, int] | None:
        phase = self._phase(self.transport.get_write_buffer_size())
        if not self._stays or self.transport.is_closing() or phase not in (Phase.IDLE, Phase.HEAD):
            return None
        if not self._requests:
            return False, -self._looks
        # A client that has just received its response may be about to send the next request.
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
            self._reject(408, f"the headers were not received within {limits.max_head_seconds} seconds")
        elif phase is Phase.BODY and not self.cycle.response_complete:
            self._reject(408, f"the body was not received within {limits.max_body_seconds} seconds")
        else:
            self.transport.abort()
