"""Sessions: opened by a sign-in, checked at every use, and ended with a recorded reason."""

from __future__ import annotations

import secrets
from datetime import datetime

from reference_server.service.accounts import Account, Accounts
from reference_server.service.tenants import Refused, Unknown
from reference_server.storage.tables import Record, Tables, Transaction


class Sessions:
    """The sessions table. A session is valid until it is ended or its account loses access."""

    def __init__(self, tables: Tables, accounts: Accounts) -> None:
        self._accounts = accounts
        self._table = tables.table(
            "sessions",
            {
                "account": lambda session: (session["account_id"],),
                "open": lambda session: () if session["ended_at"] else (session["account_id"],),
            },
        )

    def open(self, transaction: Transaction, account: Account, now: datetime) -> Record:
        """Open a session, as an SSO sign-in does; raises Refused for an account without access."""
        if not account.access:
            raise Refused("the account has no access")
        session: Record = {
            "id": f"session_{secrets.token_urlsafe(16)}",
            "account_id": account.id,
            "opened_at": now.isoformat(),
            "ended_at": None,
            "reason": None,
        }
        transaction.put(self._table, session)
        return session

    def check(self, session_id: str) -> Record:
        """The session with `valid` added; raises Unknown."""
        session = self._get(session_id)
        account = self._accounts.get(session["account_id"])
        return {**session, "valid": session["ended_at"] is None and account is not None and account.access}

    def end(self, transaction: Transaction, session_id: str, reason: str, now: datetime) -> Record:
        """Stage the end of one session. A session that has ended does not change. Raises Unknown."""
        session = self._get(session_id)
        if session["ended_at"] is None:
            session = {**session, "ended_at": now.isoformat(), "reason": reason}
            transaction.put(self._table, session)
        return session

    def end_all(self, transaction: Transaction, account_id: str, reason: str, now: datetime) -> list[str]:
        """Stage the end of every open session of an account; returns their ids."""
        open_sessions = self._table.find("open", account_id)
        for session in open_sessions:
            transaction.put(self._table, {**session, "ended_at": now.isoformat(), "reason": reason})
        return [session["id"] for session in open_sessions]

    def of_account(self, account_id: str) -> list[Record]:
        return list(self._table.find("account", account_id))

    def _get(self, session_id: str) -> Record:
        session = self._table.get(session_id)
        if session is None:
            raise Unknown("the session does not exist")
        return session
