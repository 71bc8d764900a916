"""The schema of each table's records, so that an import rejects data that servers cannot read.

The hash of a file only proves that the file was not changed. Tables that are not listed here are not read by this version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Fits = Callable[[Any], bool]
Shape = Mapping[str, Fits]


def _is(*kinds: type) -> Fits:
    return lambda value: type(value) in kinds


def _is_moment(value: Any) -> bool:
    """Whether a value is an ISO 8601 time with an offset that Python can also represent in UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.tzinfo is not None and moment.astimezone(UTC) is not None
    except (TypeError, ValueError, OverflowError):
        return False


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and not set(value) - set("0123456789abcdef")


def _or_none(fits: Fits) -> Fits:
    return lambda value: value is None or fits(value)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_position(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _are_settings(value: Any) -> bool:
    return isinstance(value, dict) and all(fits(value[name]) for name, fits in _SETTINGS.items() if name in value)


def _are_mappings(value: Any) -> bool:
    """Whether a value maps groups to kinds of access to names."""
    groups = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(group, dict) and all(map(_is_list_of_text, group.values())) for group in groups)


def _is_resource(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    texts = (value[name] for name in ("userName", "displayName", "externalId") if value.get(name) is not None)
    return all(isinstance(text, str) for text in texts)


_TEXT, _WHOLE, _BOOL = _is(str), _is(int), _is(bool)
_TIME = _or_none(_is_moment)
_SETTINGS: Shape = {
    "deprovisioning": _TEXT,
    "sync_every_minutes": _WHOLE,
    "deactivate_every_minutes": _WHOLE,
    "window_start_hour": _WHOLE,
    "window_end_hour": _WHOLE,
    "brake": _TEXT,
    "brake_users": _WHOLE,
    "brake_percent": _WHOLE,
    "adopt": _BOOL,
    "group_mappings": _or_none(_are_mappings),
    "personal_data": _BOOL,
    "me": _or_none(_TEXT),
}
_TABLES: dict[str, Shape] = {
    "tenants": {"name": _TEXT, "plan": _TEXT, "sso_configured": _BOOL, "created_at": _is_moment},
    "connections": {
        "tenant_id": _TEXT,
        "created_at": _is_moment,
        "token_sha256": _or_none(_is_hash),
        "settings": _are_settings,
    },
    "accounts": {
        "tenant_id": _TEXT,
        "email": _TEXT,
        "user_name": _TEXT,
        "display_name": _TEXT,
        "status": _TEXT,
        "access": _BOOL,
        **dict.fromkeys(("roles", "sites", "boards"), _is_list_of_text),
        "protected": _BOOL,
        **dict.fromkeys(("connection_id", "shadow_id"), _or_none(_TEXT)),
        **dict.fromkeys(("created_at", "updated_at"), _is_moment),
        **dict.fromkeys(("left_at", "access_revoked_at", "deactivated_at"), _TIME),
    },
    "audit": {"at": _is_moment, "kind": _TEXT, "actor": _TEXT, "outcome": _TEXT, "hash": _is_hash},
    "runs": {"connection_id": _TEXT, "trigger": _TEXT, "kind": _TEXT, "started_at": _is_moment, "status": _TEXT},
    "pending": {"connection_id": _TEXT, "shadow_id": _TEXT, "reason": _TEXT},
    "sessions": {"account_id": _TEXT, "opened_at": _is_moment, "ended_at": _TIME},
    "secrets": {},
    "browsers": {"seen": _is(int, float)},
}
# The fields that the migration from format 1 adds to a connection.
_CONNECTION_2: Shape = {
    **dict.fromkeys(("token_made_at", "token_expires_at", "ticked_at", "used_at"), _TIME),
    **dict.fromkeys(("watermark", "deactivation_watermark"), _is_position),
}
_RESOURCE: Shape = {"seq": _is_position, "resource": _is_resource}
_EDGE: Shape = {"owner": _TEXT, "value": _TEXT}
_TOUCHED: Shape = {"seq": _is_position}


def wrong_field(table: str, record: Mapping[str, Any], version: int) -> str:
    """The first field that is missing or has the wrong type in a record of this table, or an empty string."""
    shape = _shape_of(table, record)
    if table == "connections" and version > 1:
        shape = {**shape, **_CONNECTION_2}
    return next((name for name, fits in shape.items() if name not in record or not fits(record[name])), "")


def _shape_of(table: str, record: Mapping[str, Any]) -> Shape:
    connection, slash, kind = table.partition("/")
    if not slash:
        return _TABLES.get(connection, {})
    if "." in kind:
        return {**_EDGE, **_TOUCHED} if "seq" in record else _EDGE  # without one before format 4
    return _TOUCHED if kind == "touched" else _RESOURCE
