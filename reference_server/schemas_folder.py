"""Reads `DATA/schemas/` (or `--schemas`): JSON files that define custom resource types and extensions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference_server.scim.schema import InvalidSchema


def read_schemas(folder: Path | None) -> Iterator[tuple[str, Any]]:
    """(file name, document) of every `*.json` in the folder, sorted by name; raises InvalidSchema."""
    for path in sorted(folder.glob("*.json")) if folder else ():
        where = f"schemas/{path.name}"
        try:
            yield where, json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise InvalidSchema(f"{where}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise InvalidSchema(f"{where}: expected a UTF-8 file") from None
        except (ValueError, RecursionError) as error:
            raise InvalidSchema(f"{where}: invalid JSON: {str(error)[:200]}") from None
