"""The mapping command: exports the synchronization schema and evaluates expressions."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.expressions.evaluation import IGNORED, Evaluation, ExpressionError
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.schema_export import export_schema
from simulator.mapping.synchronization_schema import SynchronizationSchema, load_schema
from simulator.run.session import BadInput


def exported(file: Path | None) -> str:
    """The mappings of a file, or the default mappings, as JSON. Raises SchemaError."""
    schema = SynchronizationSchema(default_mapping("user"), default_mapping("group"))
    if file is not None:
        schema = load_schema(file)
    return json.dumps(export_schema(schema), ensure_ascii=False, indent=2)


def evaluated(text: str, values: list[str]) -> str:
    """The value of an expression for these source attributes, as JSON. Raises BadInput with the column of an error."""
    source: dict[str, str] = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals:
            raise BadInput(f'--value: expected NAME=VALUE, got "{value}"')
        source[name] = content
    try:
        found = parse_expression(text).evaluate(Evaluation(source, now=datetime.now(UTC), dice=random.Random))
    except ExpressionError as error:
        raise BadInput(f"{text}: {error}") from None
    return "(no value: the attribute is not sent)" if found is IGNORED else json.dumps(found, ensure_ascii=False)
