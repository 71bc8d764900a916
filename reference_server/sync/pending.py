"""Users that the next run must process again although they do not change: conflicts and new adoptions.

This makes incremental runs equivalent to full ones: a conflict ends as soon as the other user is removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reference_server.storage.prefetch import prefetch
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.sync.plan import Plan
from reference_server.turns import count


class Pending:
    """Rows {"id", "connection_id", "shadow_id", "reason" (conflict, adopted), "claimed_by", "email", "since"}."""

    def __init__(self, tables: Tables) -> None:
        self.table = tables.table(
            "pending",
            {
                "connection": lambda row: (row["connection_id"],),
                "conflict": lambda row: (row["connection_id"],) if row["reason"] == "conflict" else (),
            },
        )

    def people(self, connection_id: str) -> list[str]:
        """The shadow ids to process again."""
        return [row["shadow_id"] for row in self.table.find("connection", connection_id)]

    def conflicts(self, connection_id: str, start: int = 0, count: int = 1_000) -> list[Record]:
        """A page of the open conflicts, oldest first."""
        return list(self.table.find("conflict", connection_id, start, count))

    def conflict_count(self, connection_id: str) -> int:
        return self.table.count("conflict", connection_id)

    def prefetch(self, connection_id: str, shadow_ids: Iterable[str]) -> None:
        """Announce to the store that the rows of these users will be read."""
        prefetch(self.table, [_key(connection_id, shadow_id) for shadow_id in shadow_ids])

    def follow(self, transaction: Transaction, connection_id: str, plan: Plan, now: datetime) -> list[Record]:
        """Stage the users that a plan leaves pending, clear those that it resolved, and return the new conflicts.

        A conflict is new if the user had none over this address.
        """
        open_rows: dict[str, Record] = {
            conflict.shadow_id: {
                "reason": "conflict",
                "claimed_by": conflict.claimed_by,
                "email": conflict.email.casefold(),
            }
            for conflict in plan.conflicts
        }
        for step in plan.steps:
            adopted = step.account is not None and step.account.shadow_id != step.shadow_id
            if adopted and step.shadow_id not in open_rows:
                open_rows[step.shadow_id] = {"reason": "adopted", "claimed_by": None, "email": None}
        new: list[Record] = []
        for shadow_id, row in open_rows.items():
            held = self.table.get(_key(connection_id, shadow_id))
            whole = {"id": _key(connection_id, shadow_id), "connection_id": connection_id, "shadow_id": shadow_id}
            # The claimant of an address can change, for example from an account to the user who adopted it.
            is_known = held is not None and (held["reason"], held["email"]) == (row["reason"], row["email"])
            if held is not None and is_known and held["claimed_by"] == row["claimed_by"]:
                continue
            record = {**whole, **row, "since": held["since"] if held is not None and is_known else now.isoformat()}
            transaction.put(self.table, record)
            if row["reason"] == "conflict" and not is_known:
                new.append(record)
        self._settle(transaction, connection_id, (step.shadow_id for step in plan.steps), open_rows)
        self._settle(transaction, connection_id, plan.unchanged, open_rows)
        return new

    def forget(self, transaction: Transaction, connection_id: str) -> None:
        """Stage the removal of all pending users of a deleted connection."""
        for row in self.table.find("connection", connection_id):
            count(3)
            transaction.remove(self.table, row["id"])

    def _settle(
        self, transaction: Transaction, connection_id: str, settled: Iterable[str], still: dict[str, Record]
    ) -> None:
        for shadow_id in settled:
            if shadow_id not in still:
                key = _key(connection_id, shadow_id)
                if key in self.table:
                    transaction.remove(self.table, key)


def _key(connection_id: str, shadow_id: str) -> str:
    return f"{connection_id}/{shadow_id}"
