"""Reads JSON from files. Every kind of invalid input raises the same exception with a one-line message."""

from __future__ import annotations

from typing import Any

import orjson


class BadJson(ValueError):
    """The text is not usable JSON. The message states why."""


def read_json(text: bytes | str) -> Any:
    """Parse JSON. Raises BadJson.

    orjson limits the depth and rejects NaN and lone surrogates, so every parsed value can be serialized again.
    """
    try:
        value = orjson.loads(text)
        orjson.dumps(value)  # orjson reads up to 1,024 levels but writes at most 254
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise BadJson(f"not JSON: {error}") from None
    except TypeError:
        raise BadJson("not usable JSON: too many nesting levels") from None
    return value
