"""The one way to read JSON from files: every text that is not usable JSON is one kind of error, with one line."""

from __future__ import annotations

from typing import Any

import orjson


class BadJson(ValueError):
    """The text is not usable JSON; the message says why."""


def read_json(text: bytes | str) -> Any:
    """The value of a text; raises BadJson.

    orjson limits the depth and accepts neither NaN nor half a surrogate pair, so whatever it reads can be written again.
    """
    try:
        value = orjson.loads(text)
        orjson.dumps(value)  # writes at most 254 levels, where reading accepts 1,024
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise BadJson(f"not JSON: {error}") from None
    except TypeError:
        raise BadJson("not usable JSON: too many levels") from None
    return value
