"""Options of `check` that cannot be used get one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import run


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--header", "no colon here"), 2, "--header: expected"),
        (("--oauth-client", "x"), 2, "--oauth-url: missing"),
        (("--oauth-url", "http://127.0.0.1:9/", "--oauth-client", "x"), 2, "SCIM_CLIENT_SECRET"),
        (("--level", "may"), 2, "'may' is not one of"),
        (("--fail-on", "new"), 2, "also pass --baseline"),
        (("--baseline", "missing.jsonl"), 2, "missing.jsonl"),
        (("--failed",), 2, "no earlier run"),
        (("--config", "missing.toml"), 2, "missing.toml"),
        (("-k", "no_such_check_at_all"), 2, "no check matches"),
        (("-k", "fuzz_nothing", "--fuzz"), 2, 'no check matches "fuzz_nothing"'),
        (("--profile", "nonsense"), 2, "--profile: expected one of"),
        (("--profile", "entr"), 2, 'got "entr"; did you mean "entra"?'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_options_get_one_line(
    own_server: EmbeddedServer, tmp_path: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    found, _, shown = run(own_server.base_url, "t" if "-k" not in options else own_server.token, tmp_path, *options)
    assert found == code, shown
    assert words in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("expression", "fuzzed", "others"),
    [
        ("fuzz_search_group or malformed_path", {"group"}, True),
        ("fuzz_search_group or fuzz_search_user", {"group", "user"}, False),
        ("(fuzz and search) and not user", {"group"}, False),
        ("fuzz_search_user[positive]", {"user"}, False),
    ],
)
def test_an_expression_selects_generated_checks_as_well(
    own_server: EmbeddedServer, tmp_path: Path, expression: str, fuzzed: set[str], others: bool
) -> None:
    """As found on 1 December 2026: an expression with more than one word selected no generated check, so nothing failed."""
    code, events, shown = run(
        own_server.base_url, own_server.token, tmp_path, "-k", expression, "--fuzz", "--examples", "2"
    )
    assert code == 0, shown
    names = {event["id"] for event in events if event["event"] == "check"}
    generated = {name for name in names if name.startswith("fuzz::")}
    assert {word for word in ("user", "group") if any(f"fuzz_search_{word}" in name for name in generated)} == fuzzed
    assert bool(names - generated) == others
