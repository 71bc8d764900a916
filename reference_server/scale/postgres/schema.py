"""The physical tables in PostgreSQL. The first process creates them, and every process checks their format.

Logical tables (an accounts table, the users of one connection) are rows of `spaces`, so that a new connection or index
needs no DDL. `records` holds the JSON of a record unchanged; `entries` lists it under a digest of each index value, because
a value may be longer than a B-tree entry.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.schema import CreateSchema

from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import FolderNotWritable, FolderTooNew

SCHEMA = "scimulator"
LOCKS = 0x5C1A  # the first number of these advisory locks; `locks` uses the key space of 64 bits instead
MAKING, WRITING = 1, 2  # the second number of the locks for creating the schema and for writing

PHYSICAL = MetaData(schema=SCHEMA)

store = Table(
    "store", PHYSICAL, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False)
)  # {"format": FORMAT}

spaces = Table(
    "spaces",
    PHYSICAL,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("next_position", BigInteger, nullable=False, server_default=text("1")),
    postgresql_with={
        "fillfactor": 25
    },  # leaves room for new versions on the same page, because every commit updates rows
)

indexes = Table(
    "indexes",
    PHYSICAL,
    Column("id", Integer, primary_key=True),
    Column("space", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("built", Boolean, nullable=False),  # whether the entries are complete; if so, all writers maintain the index
    UniqueConstraint("space", "name"),
)

records = Table(
    "records",
    PHYSICAL,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text(collation="C"), nullable=False),
    Column("number", BigInteger),  # the `ordered_by` value
    Column("body", Text, nullable=False),
    UniqueConstraint("space", "key"),
)
Index("records_by_number", records.c.space, records.c.number, postgresql_where=records.c.number.is_not(None))

entries = Table(
    "entries",
    PHYSICAL,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, primary_key=True),  # 16 bytes: rows.digest
    Column("position", BigInteger, primary_key=True, autoincrement=False),
)

# The number of positions without a record in each block, from which the first record of a page by index is found.
BLOCK = 512  # positions
gaps = Table(
    "gaps",
    PHYSICAL,
    Column("space", Integer, primary_key=True, autoincrement=False),
    Column("block", BigInteger, primary_key=True, autoincrement=False),  # covers the positions from block * BLOCK + 1
    Column("lost", Integer, nullable=False),
)
COUNT_GAPS = text(f"""
    INSERT INTO {gaps.fullname} (space, block, lost)
    SELECT s.id, b, least({BLOCK}, s.next_position - 1 - b * {BLOCK}) - count(r.position) AS lost
    FROM {spaces.fullname} s
    CROSS JOIN LATERAL generate_series(0, (s.next_position - 2) / {BLOCK}) b
    LEFT JOIN {records.fullname} r
      ON r.space = s.id AND r.position > b * {BLOCK} AND r.position <= (b + 1) * {BLOCK}
    WHERE s.next_position > 1
    GROUP BY s.id, s.next_position, b
    HAVING count(r.position) < least({BLOCK}, s.next_position - 1 - b * {BLOCK})
""")


def make_schema(connection: Connection, place: str) -> int:
    """Create what is missing and return the format. Runs in the caller's transaction, in one process at a time.

    Raises FolderTooNew, or FolderNotWritable if the schema belongs to another application.
    """
    connection.execute(select(func.pg_advisory_xact_lock(LOCKS, MAKING)))
    found = inspect(connection)
    if not found.has_schema(SCHEMA):
        connection.execute(CreateSchema(SCHEMA))
    is_new = not found.has_table("store", schema=SCHEMA)
    if is_new:
        PHYSICAL.create_all(connection)
        connection.execute(insert(store).values(name="format", value=FORMAT))
    format_ = connection.execute(select(store.c.value).where(store.c.name == "format")).scalar()
    if format_ is None:
        raise FolderNotWritable(f"{place}: expected a format number in {SCHEMA}.store")
    if format_ > FORMAT:
        raise FolderTooNew(f"{place} has format {format_}, but this version supports only formats up to {FORMAT}")
    # The database was written by a version that did not count gaps.
    if not is_new and not found.has_table("gaps", schema=SCHEMA):
        gaps.create(connection)
        connection.execute(COUNT_GAPS)
    return int(format_)
