"""The replay command: sends a tape to a target and prints the differences."""

from __future__ import annotations

import asyncio
import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path

from secrecy.redaction import redacted_value
from simulator.report.console import kept_line
from simulator.report.difference import as_lines
from simulator.run.outcome import TargetUnusable
from simulator.run.session import Secrets, check_writable, open_stream, open_target, write_output
from simulator.stream.events import FORMAT, ReplaySummary
from simulator.stream.run_stream import RunStream
from simulator.tape.replay import Departure, Replay, split_by_base
from simulator.tape.scrub import BASE_URL, Scrubber
from simulator.tape.tape import UnreadableTape, read_tape, write_tape
from simulator.wire.client import ScimClient
from simulator.wire.credentials import Credentials
from simulator.wire.exchange import Exchange
from simulator.wire.urls import BadUrl
from simulator.wording import counted

SHOWN = 5


def run_replay(tape: Path, url: str | None, secrets: Secrets, json: Path | None, stream: Path | None) -> int:
    """Returns 0 if all responses have the same meaning, otherwise 1. Raises UnreadableTape, BadInput, or TargetUnusable."""
    recorded_base, exchanges = read_tape(tape)
    try:
        recorded, others = split_by_base(recorded_base, exchanges)
    except BadUrl as error:
        raise UnreadableTape(f"{tape}: base URL: {error}") from None
    if not recorded:
        raise UnreadableTape(f"{tape}: no request to replay: {others[0]}")
    check_writable(json)
    with open_target(url, secrets) as target, open_stream(stream) as (events, _):
        events.write({"event": "run", "format": FORMAT, "tool": "replay", "seed": None, "target": target.facts()})
        sys.stdout.write(f"scimulator replay {tape.name}     {counted(len(recorded), 'request')}\n")
        if others:
            sys.stdout.write(
                f"  {counted(len(others), 'recorded request was', 'recorded requests were')} not sent: {others[0]}\n"
            )
        departures, made = asyncio.run(_run(recorded_base, recorded, target.url, target.token, events))
        if target.embedded is None and made:
            events.write({"event": "cleanup", "removed": 0, "left": made, "kept": True})
            sys.stdout.write(f"{kept_line(made)}\n")
        code = 1 if departures else 0
        verdict = f"{len(recorded) - len(departures)} of {len(recorded)} responses have the recorded meaning."
        summary: ReplaySummary = {"requests": len(recorded), "departures": len(departures)}
        events.write({"event": "end", "verdict": verdict, "exit_code": code, "summary": summary})
    for departure in departures[:SHOWN]:
        sys.stdout.write(f"  ✘ {departure.request[:90]}   {departure.place}\n")
        sys.stdout.write("\n".join(as_lines(departure.expected, departure.found, "      ")) + "\n")
    if len(departures) > SHOWN:
        sys.stdout.write(f"    and {len(departures) - SHOWN} more\n")
    if json is not None:
        write_output(
            json,
            json_format.dumps([redacted_value(asdict(item)) for item in departures], ensure_ascii=False, indent=1)
            + "\n",
        )
    sys.stdout.write(f"  {verdict}     exit {code}\n")
    return code


def run_copy(tape: Path, out: Path, *, scrub: bool) -> int:
    """Write a copy of a tape, as a tape or HAR by its suffix, and optionally scrubbed. Raises UnreadableTape or BadInput."""
    base_url, exchanges = read_tape(tape)
    check_writable(out)
    if scrub:
        exchanges, base_url = Scrubber(base_url).scrubbed(exchanges), BASE_URL
    count = write_tape(out, base_url, exchanges)
    sys.stdout.write(f"  {counted(count, 'request')} written to {out}{', scrubbed' if scrub else ''}\n")
    return 0


async def _run(
    recorded_base: str, recorded: list[Exchange], url: str, token: str | Credentials, stream: RunStream
) -> tuple[list[Departure], list[str]]:
    """Returns the differences and the paths of the created resources. Raises TargetUnusable."""
    async with ScimClient(url, token) as client:
        replay = Replay(recorded_base, client, stream)
        departures = await replay.run(recorded[:1])
        if departures and replay.latest is not None:
            if replay.latest.status in (401, 403):
                raise TargetUnusable(f"{url} rejects the token ({replay.latest.status})")
            if replay.latest.status is None:
                raise TargetUnusable(f"{url} cannot be reached: {replay.latest.failure}")
        return await replay.run(recorded[1:]), list(replay.made)
