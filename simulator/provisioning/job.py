"""The provisioning job: cycles in Entra's order, restart, quarantine, and held-back deletions (docs/notes/entra.md 2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from simulator.mapping.attribute_mapping import ObjectMapping
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning import quarantine as quarantines
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.changed_objects import IN_SCOPE, Item, Standing, held_back, standing, what_changed
from simulator.provisioning.context import PLACEHOLDER
from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.groups import provision_group
from simulator.provisioning.parallel_turns import Work, in_parallel
from simulator.provisioning.provider import Provider
from simulator.provisioning.request import Request
from simulator.provisioning.state import PORTAL_RESTART, ResetScope
from simulator.provisioning.turn import Pause, Send, Turn, real_pause
from simulator.provisioning.users import lane_keys, provision_user
from simulator.stream.events import CycleKind, EntryKind, ObjectKind
from simulator.wire.exchange import Exchange
from simulator.wording import counted

PACE = timedelta(minutes=0.045)  # an object of the real service: 0.01 to 0.08 minutes (WHEN)


class Job:
    """One provisioning job over a directory. `on_turn` is called for every turn, in an order independent of concurrency."""

    def __init__(
        self,
        provider: Provider,
        send: Send,
        *,
        on_turn: Callable[[Turn], None] = lambda turn: None,
        pause: Pause = real_pause,
    ) -> None:
        self.provider = provider
        self.context = context = provider.context
        self.directory, self.state = context.directory, context.state
        self.schema, self.settings = context.schema, context.settings
        self.is_woken = False  # by a restart: the next cycle starts at once
        self.looked_at: list[Item] = []  # the latest cycle's (user or group, object id)
        self._send_request, self._on_turn, self._pause = send, on_turn, pause
        self._cycles = 0
        self.report = CycleReport(0, "none", PLACEHOLDER, PLACEHOLDER)
        self._methods: dict[EntryKind, Callable[[Turn], Awaitable[None]]] = {
            "user": partial(provision_user, context, provider.users),
            "group": partial(provision_group, context, provider.groups),
            "manager": provider.references.manager,
            "members": provider.references.members,
        }

    # ── between cycles ──

    def next_cycle_at(self, previous: datetime) -> datetime | None:
        """When the next cycle starts after one at `previous`; None: only after a restart of the job."""
        if self.state.is_paused or self.state.is_disabled:
            return None
        if self.state.quarantine is not None:
            due = max(self.state.quarantine.next_attempt, previous + timedelta(seconds=1))
        else:
            due = max(previous + timedelta(minutes=self.settings.cycle_minutes), self.report.ended_at)
        return self.provider.next_cycle_at(due)

    def restart(self, scopes: Iterable[ResetScope] = PORTAL_RESTART) -> None:
        """Restart the job, as in Microsoft Graph. Without scopes: as with the portal's button."""
        self.state.restart(scopes)
        self.context.relinked = True
        self.is_woken = True
        self.provider.restarted()

    def configure(self, schema: SynchronizationSchema) -> None:
        """A changed mapping or scoping filter restarts the job by itself (HOW, QUAR); a stopped one stays stopped."""
        self.schema = self.context.schema = schema
        is_paused = self.state.is_paused
        self.restart()
        self.state.is_paused, self.is_woken = is_paused, not is_paused

    def stop(self) -> None:
        """Stop the job after the current cycle (Known issues). Watermark and links are kept."""
        self.state.is_paused = True

    # ── a cycle ──

    async def run_cycle(self, at: datetime) -> CycleReport:
        """Run one cycle. If the connection test fails, the job goes into quarantine and ConnectionTestFailed is raised."""
        state, context = self.state, self.context
        self._cycles += 1
        self.is_woken = False
        kind: CycleKind = "initial" if state.watermark is None else "incremental"
        self.report = report = CycleReport(self._cycles, kind, at, at)
        context.at, context.cycle, context.relinked = at, self._cycles, False
        self.looked_at = []
        await self.probe()
        watermark = self.directory.log.watermark
        changed = what_changed(context)
        report.imported = len(changed)
        self.looked_at = changed
        staged = held_back(context, changed)
        for phase in self._phases(changed, staged) if changed else ():  # most cycles have nothing to do
            await in_parallel(phase, self.settings.lanes, self._finish)
        state.watermark = watermark
        state.force_deletes = False
        objects, report.escrowed_references = state.escrows.counts()
        report.escrowed = objects + report.escrowed_references
        report.entitled = len(state.managed) + len(state.groups)
        self._judge(bool(staged))
        state.history.note(report, is_good=not report.failed and state.quarantine is None)
        return report

    async def probe(self) -> Turn:
        """Run the connection test. If it fails, the job goes into quarantine and ConnectionTestFailed is raised."""
        turn = self.turn("probe", "")
        try:
            await self.provider.probe(turn)
        except ConnectionTestFailed as error:
            turn.fail(error.failure)
            self.tell(turn)
            self.report.failed += 1
            self._quarantine("EncounteredQuarantineException", str(error))
            raise
        self.tell(turn)
        return turn

    def _phases(self, changed: list[Item], staged: dict[Item, None]) -> Iterator[list[Work]]:
        """The work in Entra's order: users and groups in scope, references, then unassigned, disabled, and deleted objects."""
        context, state = self.context, self.state
        standings = {item: standing(context, *item) for item in changed}
        for kind in ("user", "group"):
            yield [self._work(*item) for item, stands in standings.items() if item[0] == kind and stands is IN_SCOPE]
        both: tuple[tuple[ObjectKind, EntryKind, dict[str, str], ObjectMapping], ...] = (
            ("user", "manager", state.users, self.schema.user),
            ("group", "members", state.groups, self.schema.group),
        )
        for kind, reference, links, mapping in both:
            if mapping.maps_reference(reference):
                held = [id_ for what, id_ in changed if what == kind and id_ in links]
                yield [self._work(reference, id_) for id_ in held if standings[kind, id_] is not Standing.GONE]
        for place in (Standing.LEFT, Standing.DISABLED, Standing.GONE):
            leaving = [item for item, stands in standings.items() if stands is place]
            yield [
                self._work(*item) for item in sorted(leaving, key=lambda item: item[0] == "group") if item not in staged
            ]
            for item in leaving:
                if item in staged:
                    self._stage(*item)

    def _work(self, kind: EntryKind, object_id: str) -> Work:
        keys: tuple[str, ...] = ()
        if self.settings.lanes > 1:
            if kind == "user":
                keys = lane_keys(self.context, object_id)
            elif kind == "group" and object_id in self.directory.groups:
                keys = (self.directory.groups[object_id].name.casefold(),)
        return Work(self.turn(kind, object_id), self._methods[kind], keys)

    def turn(self, kind: EntryKind, object_id: str) -> Turn:
        """A new turn of an object in the current cycle."""
        held = (self.directory.groups if kind in ("group", "members") else self.directory.users).get(object_id)
        turn = Turn(
            kind,
            object_id,
            held.name if held else object_id,
            self.context.at,
            self.context.cycle,
            self._send,
            self.provider.report,
            self._pause if self.settings.honor_retry_after else None,
        )
        turn.tries = self.state.escrows.retries((kind, object_id))
        if turn.tries:
            linked = object_id in self.state.users or object_id in self.state.groups
            turn.step("EntryEscrowRetry", "import", **self.state.escrows.details((kind, object_id), linked=linked))
        return turn

    async def _send(self, request: Request, cause: dict[str, str]) -> Exchange:
        return await self._send_request(self.provider.on_wire(request), cause)

    # ── after a turn ──

    def _finish(self, turn: Turn) -> None:
        """Finish a turn: update the waiting changes and the totals, and call the listener. Turns finish in order."""
        state, report, key = self.state, self.report, (turn.kind, turn.object_id)
        if self.settings.pace == "entra":
            turn.at = report.ended_at
            # What counts are users, groups and group members; a manager is part of the user.
            report.ended_at += PACE * {"manager": 0, "members": len(turn.modified)}.get(turn.kind, 1)
        if turn.status == "Failure":
            report.failed += 1
            report.failed_references += turn.is_reference
            next_cycle = turn.transient and self.settings.transient_retry == "next_cycle"
            escrow = state.escrows.add(key, report.at, next_cycle=next_cycle)
            turn.next_attempt = escrow.next_attempt if escrow else None
        else:
            state.escrows.done(key)
            if turn.held_back:
                state.escrows.postpone(key, report.at)
            if turn.status == "Skipped":
                report.skipped += not turn.is_reference
            else:
                report.exported += 1
        state.staged.pop(key, None)
        if turn.status != "Skipped":
            report.changed.add(turn.object_id)
            report.leaving += turn.kind == "user" and turn.action in ("Disable", "Delete")
        if not turn.is_reference or turn.status != "Skipped":
            self.tell(turn)
        self._prune()
        self.provider.finished(turn)

    def tell(self, turn: Turn) -> None:
        """Count the requests of a turn, and report it."""
        counts = self.report.requests
        for exchange in turn.exchanges:
            operation = exchange.cause["operation"]
            counts[operation] = counts.get(operation, 0) + 1
        self._on_turn(turn)

    def _prune(self) -> None:
        """In an initial cycle, failures beyond the threshold are cleared, and the job pauses after the cycle (6.2)."""
        report = self.report
        if report.kind == "initial" and report.failed >= quarantines.EVALUATED_FROM and self._reason():
            self.state.escrows.clear()
            report.escrows_pruned = True

    def _reason(self) -> str | None:
        report = self.report
        objects = report.failed - report.failed_references
        return quarantines.reason_of(objects, report.failed_references, max(report.imported, 1))

    # ── held-back deletions (6.6) ──

    def _stage(self, kind: ObjectKind, object_id: str) -> None:
        turn = self.turn(kind, object_id)
        turn.action, turn.target_id = "StagedDelete", self.state.users.get(object_id, "")
        most = self.settings.deletion_threshold
        turn.skip("StagedDelete", f"held back, because the cycle has more deletions than the threshold of {most}")
        self.state.staged[kind, object_id] = None
        self.report.staged += 1
        self.tell(turn)

    # ── quarantine (6.5) ──

    def _judge(self, staged: bool) -> None:
        """At the end of a cycle, start, extend, or end the quarantine."""
        reason = self._reason()
        if self.report.escrows_pruned:
            self.state.is_paused = True
        elif staged:
            staged_deletions = counted(self.report.staged, "deletion exceeds", "deletions exceed")
            told = f"{staged_deletions} the threshold of {self.settings.deletion_threshold}"
            self._quarantine("TooManyDeletes", told)
        elif reason is not None:
            self._quarantine(reason, f"{self.report.failed} of {self.report.imported} objects failed")
        else:
            self.state.quarantine = None

    def _quarantine(self, reason: str, message: str) -> None:
        state, at, settings = self.state, self.report.at, self.settings
        first = quarantines.first_backoff(settings.quarantine_backoff, timedelta(minutes=settings.cycle_minutes))
        held = state.quarantine
        start = held.again if held else quarantines.begun
        state.quarantine = start(reason, message, at, first=first)
        self.report.quarantine = reason
        if state.quarantine.is_over(at):
            state.is_disabled = True  # four weeks
