"""Names that one holder has alone among all processes: advisory locks of sessions, let go when the process dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Boolean, Text, bindparam, column, exists, func, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.storage.tables import StorageFailed

_key = bindparam("key", type_=BigInteger)
_locks = table("pg_locks", *map(column, ("locktype", "database", "classid", "objid", "objsubid", "granted")))
_databases = table("pg_database", column("oid"), column("datname"))
_here = select(_databases.c.oid).where(_databases.c.datname == func.current_database()).scalar_subquery()
TAKE = select(func.pg_advisory_lock(_key))
# A lock of 64 bits is shown as two halves and objsubid 1.
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


class Names:
    """The names that this process holds, or waits for."""

    def __init__(self, sessions: AsyncEngine, readers: AsyncEngine) -> None:
        self._sessions = sessions  # makes a connection of its own for each holder
        self._readers = readers
        self._waiting: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Hold a name; raises StorageFailed, also in the middle when the database lets it go (it was stopped)."""
        async with self._waiting.setdefault(name, asyncio.Lock()):
            session = self._sessions.connect()
            try:
                await self._take(session, name)
                async with _while_connected(session, name):
                    yield
            finally:
                await _end(session)

    async def is_held(self, name: str) -> bool:
        """Whether anybody holds a name; raises StorageFailed."""
        key = lock_key(name) % 2**64
        try:
            async with self._readers.connect() as connection:
                return bool((await connection.execute(HELD, {"high": key >> 32, "low": key % 2**32})).scalar())
        except DATABASE_ERRORS as error:
            raise storage_failed(error, "read") from None

    async def _take(self, session: AsyncConnection, name: str) -> None:
        try:
            await session.start()
            await session.execute(TAKE, {"key": lock_key(name)})
        except DATABASE_ERRORS as error:
            raise storage_failed(error, "locked") from None


def lock_key(name: str) -> int:
    """The number that PostgreSQL locks for a name, of 64 bits with a sign."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@asynccontextmanager
async def _while_connected(session: AsyncConnection, name: str) -> AsyncIterator[None]:
    """Stop the caller as soon as the connection is lost: from then on somebody else may hold the name."""
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


async def _end(session: AsyncConnection) -> None:
    """Close a connection and with it let its lock go; whatever comes in between, it will be closed."""
    with suppress(*DATABASE_ERRORS):
        await asyncio.shield(asyncio.ensure_future(session.close()))
