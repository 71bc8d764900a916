"""Locks by name among all processes: PostgreSQL's advisory locks, which are released when the session of a process ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Boolean, Text, bindparam, column, exists, func, select, table
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.ext.asyncio.exc import AsyncContextNotStarted

from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.storage.tables import StorageFailed

_key = bindparam("key", type_=BigInteger)
_locks = table("pg_locks", *map(column, ("locktype", "database", "classid", "objid", "objsubid", "granted")))
_databases = table("pg_database", column("oid"), column("datname"))
_here = select(_databases.c.oid).where(_databases.c.datname == func.current_database()).scalar_subquery()
TAKE = select(func.pg_advisory_lock(_key))
RELEASE = select(func.pg_advisory_unlock_all())
# pg_locks shows a key of 64 bits as two halves with objsubid 1.
HELD = select(
    exists().where(
        _locks.c.locktype == bindparam("kind", "advisory", type_=Text),
        _locks.c.database == _here,
        _locks.c.classid.cast(BigInteger) == bindparam("high", type_=BigInteger),
        _locks.c.objid.cast(BigInteger) == bindparam("low", type_=BigInteger),
        _locks.c.objsubid == 1,
        _locks.c.granted.cast(Boolean),
    )
)


class Locks:
    """The locks that this process holds or waits for, each in its own session."""

    def __init__(self, sessions: AsyncEngine) -> None:
        self._sessions = sessions  # a pool, because a new connection costs twenty times as much as the lock
        self._waiting: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Hold a lock; raises StorageFailed, also later if the database is stopped and the lock is lost."""
        async with self._waiting.setdefault(name, asyncio.Lock()):
            session = self._sessions.connect()
            try:
                await self._take(session, name)
                try:
                    async with _while_connected(session, name):
                        yield
                finally:
                    await asyncio.shield(_release(session))
            finally:
                await asyncio.shield(_close(session))

    async def _take(self, session: AsyncConnection, name: str) -> None:
        try:
            await session.start()
            await session.execute(TAKE, {"key": lock_key(name)})
        except DATABASE_ERRORS as error:
            raise storage_failed(error, "locked") from None
        except BaseException:
            with suppress(*DATABASE_ERRORS, AsyncContextNotStarted):
                await session.invalidate()  # the caller was canceled, but the lock may still be granted
            raise


def held_key(name: str) -> dict[str, int]:
    """The parameters of the statement HELD for a name."""
    key = lock_key(name) % 2**64
    return {"high": key >> 32, "low": key % 2**32}


def lock_key(name: str) -> int:
    """The signed 64-bit key of the advisory lock for a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@asynccontextmanager
async def _while_connected(session: AsyncConnection, name: str) -> AsyncIterator[None]:
    """Cancel the caller as soon as the connection is lost, because another process can then acquire the lock."""
    driver: Any = (await session.get_raw_connection()).driver_connection
    try:
        async with asyncio.timeout(None) as limit:

            def stop(_: object) -> None:
                limit.reschedule(0)

            driver.add_termination_listener(stop)
            try:
                yield
            finally:
                driver.remove_termination_listener(stop)
    except TimeoutError:
        if limit.expired():
            raise StorageFailed(f"the database cannot be reached: the connection that held {name} was lost") from None
        raise


async def _release(session: AsyncConnection) -> None:
    """Release the lock. If that fails, close the connection, which also releases it."""
    try:
        await session.execute(RELEASE)
    except (*DATABASE_ERRORS, PendingRollbackError):
        with suppress(*DATABASE_ERRORS):
            await session.invalidate()


async def _close(session: AsyncConnection) -> None:
    """Give the connection back to the pool."""
    with suppress(*DATABASE_ERRORS):
        await session.close()
