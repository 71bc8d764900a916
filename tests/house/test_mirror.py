"""The tests mirror the rooms: a reader who knows a module's name knows where its tests are."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("reference_server", "simulator", "conformance", "loadtests")
# Modules without tests of their own, each with the tests that exercise it.
ELSEWHERE: dict[str, str] = {
    "conformance/checks": "tests/conformance/checks",  # the checks are tests; the self-test proves that they can fail
    "conformance/defects/behaviors": "tests/conformance/test_self_test.py",
    "loadtests/bench/servers": "tests/loadtests/bench",
    # Declarations without behavior: the options of every command, an exception, the outcomes of a PATCH, SQL statements.
    "conformance/commands/options.py": "tests/conformance/commands/test_check.py",
    "conformance/model/outcome.py": "tests/conformance/model/test_patch_model.py",
    "conformance/settings/bad_input.py": "tests/conformance/commands/test_errors.py",
    "reference_server/scale/postgres/statements.py": "tests/reference_server/storage/test_tables.py",
    # Needs a connection that fails within a unit of work.
    "reference_server/scale/postgres/session.py": "tests/reference_server/scale/postgres/test_write_unit.py",
    # Needs several server processes, of which one is killed.
    "reference_server/scale/workers.py": "tests/crash/test_workers.py",
    # Need a running Locust with its users and a server.
    "loadtests/locust/users.py": "tests/loadtests/scenarios/test_scenarios.py",
    "loadtests/locustfile.py": "tests/loadtests/locust/test_events.py",
}
NO_CODE = ("__init__.py", "__main__.py")


def modules() -> list[Path]:
    found = [path.relative_to(ROOT) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if path.name not in NO_CODE]


def places(module: Path) -> list[Path]:
    """Where a reader looks: the file named after the module, then the file named after its folder."""
    beside = Path("tests") / module.parent
    return [beside / f"test_{module.name}", beside / f"test_{beside.name}.py", beside.parent / f"test_{beside.name}.py"]


def test_every_module_has_tests_that_a_reader_finds_by_name() -> None:
    missing = [
        module.as_posix()
        for module in modules()
        if not module.as_posix().startswith(tuple(ELSEWHERE))
        and not any((ROOT / place).is_file() for place in places(module))
    ]
    assert missing == []


@pytest.mark.parametrize(("module", "tests"), ELSEWHERE.items())
def test_exceptions_are_true(module: str, tests: str) -> None:
    assert (ROOT / module).exists()
    assert (ROOT / tests).exists()
