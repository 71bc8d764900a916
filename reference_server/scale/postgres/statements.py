"""The constant statements that units of work send to PostgreSQL. Parameters are arrays, so one statement handles many records.

All of them use a key, so they are planned once and never need a scan. `SETTINGS` enforces this, because the statistics of the
planner lag behind a table that grows to 50,000 records in a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from reference_server.scale.postgres.rows import ORDER
from reference_server.scale.postgres.schema import (
    LOCKS,
    WRITING,
    entries,
    gaps,
    indexes,
    records,
    spaces,
    store,
)

SETTINGS = {
    "application_name": "scimulator",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "synchronous_commit": "on",
    # A writer that is suspended in the middle of a batch, or whose host is down, must not block all others forever.
    "idle_in_transaction_session_timeout": "60000",
    "tcp_keepalives_idle": "20",
}

_r, _e, _i, _s, _g = records.c, entries.c, indexes.c, spaces.c, gaps.c
_space = bindparam("given_space", type_=Integer)
_name = bindparam("given_name", type_=Text)
_number = bindparam("given_number", type_=BigInteger)
_position = bindparam("given_position", type_=BigInteger)
_block = bindparam("given_block", type_=BigInteger)
_start = bindparam("given_start", type_=BigInteger)
_count = bindparam("given_count", type_=BigInteger)
_values = bindparam("given_values", type_=ARRAY(LargeBinary))
_NUMBERS = {"space", "position", "number", "index", "id", "rows", "next_position", "block", "lost"}  # columns
_ROW = (_r.position, _r.key, _r.body)


def array(name: str, values: Iterable[Any]) -> Any:
    """The parameter for a column of values. Numbers are sent as one text, because the driver examines each element."""
    if name not in _NUMBERS:
        return list(values)
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


class Rows(NamedTuple):
    """A statement that writes rows. The parameters are its columns as arrays: `<name>_<column>`."""

    name: str
    columns: tuple[str, ...]
    statement: Any

    def given(self, rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
        """The parameters for these rows."""
        columns = zip(self.columns, zip(*rows, strict=True), strict=True)
        return {f"{self.name}_{name}": array(name, values) for name, values in columns}


def _unnested(prefix: str, suffix: str, types: dict[str, Any], **options: Any) -> Any:
    """The parameters `<prefix>_<column><suffix>` as rows."""
    arrays = []
    for name, type_ in types.items():
        parameter, as_array = f"{prefix}_{name}{suffix}", ARRAY(type_)
        is_number = name in _NUMBERS
        arrays.append(
            bindparam(parameter, type_=Text).cast(as_array) if is_number else bindparam(parameter, type_=as_array)
        )
    return func.unnest(*arrays).table_valued(*(column(name, type_) for name, type_ in types.items()), **options)


def _rows(name: str, made: Callable[[Any], Any], **types: Any) -> Rows:
    """The statement that `made` returns for the rows with columns of these types."""
    given = _unnested(name, "", types, name="given").render_derived()
    return Rows(name, tuple(types), made(given))


@cache
def together(parts: frozenset[Rows]) -> Any:
    """One statement for several that do not affect the same rows; the order of their execution is not defined."""
    if len(parts) == 1:
        return next(iter(parts)).statement
    return select(true()).add_cte(*(part.statement.cte(part.name) for part in sorted(parts, key=attrgetter("name"))))


def _asked(kind: str, **types: Any) -> Any:
    """The look-ups of one kind as rows with their numbers: `<kind>_<column>s` are arrays of their values."""
    return _unnested(kind, "s", types, with_ordinality="number", name="asked").render_derived()


READ_FORMAT = select(store.c.value).where(store.c.name == "format")
WRITE_FORMAT = update(store).where(store.c.name == "format").values(value=bindparam("given_value"))

# ── reading ──

POSITIONS = select(_s.name, _s.next_position).where(_s.next_position > 1)
PAGE = (
    select(*_ROW).where(_r.space == _space, _r.position > _position).order_by(_r.position).offset(_start).limit(_count)
)
GAPS = select(_g.block, _g.lost).where(_g.space == _space, _g.block <= _block).order_by(_g.block)

# A statement over an index starts with the index itself, so an empty result means that the index is not built.
_index = (_i.space == _space, _i.name == _name, _i.built)
_listed = (_e.index == _i.id) & (_e.value == func.any(_values))
_part = select(_e.value, _e.position).where(_listed).order_by(_e.position).offset(_start).limit(_count).lateral("part")
UNDER_PAGE = (
    select(_part.c.value, *_ROW)
    .select_from(
        indexes.outerjoin(_part, true()).outerjoin(records, (_r.space == _space) & (_r.position == _part.c.position))
    )
    .where(*_index)
    .order_by(_r.position)
)
HIGHEST = select(select(func.max(_r.number)).where(_r.space == _space).scalar_subquery()).where(*_index)
ABOVE = (
    select(_r.number, _r.key)
    .select_from(indexes.outerjoin(records, (_r.space == _space) & (_r.number > _number)))
    .where(*_index)
    .order_by(_r.number)
)
BUILT = select(_i.name, _i.id).where(_i.space == _space, _i.built)

# ── look-ups ──
# Each line begins with the number of its kind and the number of the look-up. All kinds have the same columns, so that one
# statement can answer look-ups of several kinds.

_NULL = null().cast(BigInteger)
_NO_RECORD = (null().cast(Text).label("key"), null().cast(Text).label("body"))


def _line(kind: int, asked: Any, first: Any, second: Any, *record: Any) -> Any:
    numbers: tuple[Any, ...] = (literal_column(str(kind)).label("kind"), asked.c.number)
    return select(*numbers, first.label("first"), second.label("second"), *(record or _NO_RECORD))


_named = _asked("space", name=Text)
SPACES = _line(0, _named, _s.id, _NULL).join_from(_named, spaces, _s.name == _named.c.name)
_sized = _asked("size", space=Integer)
COUNTS = _line(1, _sized, _s.rows, _s.next_position).join_from(_sized, spaces, _s.id == _sized.c.space)
_keyed = _asked("record", space=Integer, key=Text)
RECORDS = _line(2, _keyed, _NULL, _r.position, _r.key, _r.body).join_from(
    _keyed, records, (_r.space == _keyed.c.space) & (_r.key == _keyed.c.key)
)
_of_space = _asked("last", space=Integer)
_newest = (
    select(*_ROW)
    .where(_r.space == _of_space.c.space)
    .order_by(_r.position.desc())
    .limit(1)
    .correlate(_of_space)
    .lateral()
)
LAST = _line(3, _of_space, _NULL, _newest.c.position, _newest.c.key, _newest.c.body).select_from(
    _of_space.join(_newest, true())
)


def _in_index(kind: str) -> tuple[Any, Any, Any]:
    """(the look-ups, the same with their indexes that are built, the condition for their entries)"""
    under = _asked(kind, space=Integer, name=Text, value=LargeBinary)
    built = under.outerjoin(indexes, (_i.space == under.c.space) & (_i.name == under.c.name) & _i.built)
    return under, built, (_e.index == _i.id) & (_e.value == under.c.value)


_under, _built, _entries = _in_index("listed")
LISTED = (
    _line(4, _under, _i.id, _r.position, _r.key, _r.body)
    .select_from(
        _built.outerjoin(entries, _entries).outerjoin(
            records, (_r.space == _under.c.space) & (_r.position == _e.position)
        )
    )
    .where(_i.id.is_(None) | _r.position.is_not(None))
)
_under, _built, _entries = _in_index("counted")
_size = select(func.count()).select_from(entries).where(_entries).correlate(indexes, _under).scalar_subquery()
COUNTED_ENTRIES = _line(5, _under, _i.id, _size).select_from(_built)

_state = _asked("state", space=Integer)
_highest = select(func.coalesce(func.max(_r.number), 0)).where(_r.space == _s.id).correlate(spaces).scalar_subquery()
_by_number = exists().where(_i.space == _s.id, _i.built, _i.name.startswith(ORDER, autoescape=True)).correlate(spaces)
_of_each = aggregate_order_by(func.json_build_array(_i.id, _i.name, _i.built), _i.name)
_indexes = select(func.json_agg(_of_each)).where(_i.space == _s.id).correlate(spaces).scalar_subquery()
STATES = _line(
    6, _state, _s.rows, _s.next_position, case((_by_number, _highest)).cast(Text), _indexes.cast(Text)
).join_from(_state, spaces, _s.id == _state.c.space)

# ── writing ──

# Sessions cache plans, and a plan for a small table scans it. ANALYZE makes every session plan again.
ANALYZE = text(f"ANALYZE {records.fullname}, {entries.fullname}")

# The lock is a statement of its own, so that the statements after it see what its previous holder committed.
BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({LOCKS}, {WRITING})"
COMMIT = "COMMIT"
NEW_SPACE = insert(spaces).values(name=_name).returning(_s.id)
NEW_INDEX = insert(indexes).values(space=_space, name=_name, built=False).returning(_i.id)
_index_ids = bindparam("given_indexes", type_=ARRAY(Integer))
MARK_BUILT = update(indexes).where(_i.id == func.any(_index_ids)).values(built=bindparam("given_built"))
EMPTY_INDEXES = delete(entries).where(_e.index == func.any(_index_ids))
EMPTY_SPACE = delete(records).where(_r.space == _space)
EMPTY_GAPS = delete(gaps).where(_g.space == _space)

REMOVE = _rows(
    "removed",
    lambda gone: delete(records).where(_r.space == gone.c.space, _r.position == gone.c.position),
    space=Integer,
    position=BigInteger,
)
_RECORD = {"space": Integer, "position": BigInteger, "key": Text, "number": BigInteger, "body": Text}
INSERT = _rows("inserted", lambda new: insert(records).from_select([*_RECORD], select(new)), **_RECORD)
UPDATE = _rows(
    "updated",
    lambda new: (
        update(records)
        .where(_r.space == new.c.space, _r.position == new.c.position)
        .values(number=new.c.number, body=new.c.body)
    ),
    **_RECORD,
)
RENUMBER = _rows(
    "renumbered",
    lambda new: (
        update(records).where(_r.space == new.c.space, _r.position == new.c.position).values(number=new.c.number)
    ),
    space=Integer,
    position=BigInteger,
    number=BigInteger,
)
_ENTRY = {"index": Integer, "value": LargeBinary, "position": BigInteger}
UNLIST = _rows(
    "unlisted",
    lambda gone: delete(entries).where(
        _e.index == gone.c.index, _e.value == gone.c.value, _e.position == gone.c.position
    ),
    **_ENTRY,
)
LIST = _rows("listed", lambda new: insert(entries).from_select([*_ENTRY], select(new)), **_ENTRY)


def _lost(new: Any) -> Any:
    insertion = upsert(gaps).from_select(["space", "block", "lost"], select(new))
    total = _g.lost + insertion.excluded.lost
    return insertion.on_conflict_do_update(index_elements=[_g.space, _g.block], set_={"lost": total})


LOSE = _rows("lost", _lost, space=Integer, block=BigInteger, lost=Integer)
COUNTED = _rows(
    "counted",
    lambda new: update(spaces).where(_s.id == new.c.id).values(rows=new.c.rows, next_position=new.c.next_position),
    id=Integer,
    rows=BigInteger,
    next_position=BigInteger,
)
