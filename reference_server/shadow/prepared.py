"""What every reference to a resource shows of it: its id and its label, prepared as JSON when the resource is written.

A group of 10,000 members is therefore rendered with one `join` instead of 10,000 small objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from reference_server.scim.resource_type import ResourceType
from reference_server.storage.tables import Record

DISPLAY = b',"display":'


def prepared(rtype: ResourceType) -> Callable[[Record], bytes]:
    """The summary of a resource: the JSON of a reference between the place in `$ref` and the `type`."""
    label_of = label(rtype)

    def summary(record: Record) -> bytes:
        id_, name = orjson.dumps(record["id"])[1:], label_of(record)
        return b'%b,"value":"%b%b' % (id_, id_, DISPLAY + orjson.dumps(name) if name else b"")

    return summary


def label(rtype: ResourceType) -> Callable[[Record], str | None]:
    """The `display` of the resource in a record: its displayName, else its formatted name, else its unique name."""

    def label_of(record: Record) -> str | None:
        resource = record["resource"]
        name: str | None = resource.get("displayName")
        if not name and isinstance(resource.get("name"), dict):
            name = resource["name"].get("formatted")
        return name or next((resource[one] for one in rtype.unique if isinstance(resource.get(one), str)), None)

    return label_of


def label_in(summary: bytes) -> str | None:
    """The label of a resource in its summary."""
    json = summary.partition(DISPLAY)[2]
    return orjson.loads(json) if json else None


def references(place: str, type_: str, summaries: Sequence[bytes]) -> bytes:
    """References to resources below `place`, separated by commas."""
    begin, end = b'{"$ref":"%b' % orjson.dumps(place)[1:-1], b',"type":"%b"}' % type_.encode()
    if len(summaries) == 1:
        return b"%b%b%b" % (begin, summaries[0], end)
    return (end + b"," + begin).join([begin + summaries[0], *summaries[1:-1], summaries[-1] + end])  # one copy
