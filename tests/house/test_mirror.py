"""The tests mirror the packages: a reader who knows a module's name knows where its tests are."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("secrecy", "reference_server", "simulator", "conformance", "loadtests", "live_page")
# Modules without tests of their own, each with the tests that exercise it.
ELSEWHERE: dict[str, str] = {
    "conformance/checks": "tests/conformance/checks",  # the checks are tests; the self-test proves that they can fail
    "conformance/defects/behaviors": "tests/conformance/test_self_test.py",
    "loadtests/bench/servers": "tests/loadtests/bench",
    # Declarations without behavior: options of commands, an exception, protocols, data classes, SQL statements.
    "conformance/commands/options.py": "tests/conformance/commands/test_check.py",
    "conformance/model/assumed_names.py": "tests/conformance/model/test_assumptions.py",
    "conformance/model/rfc_schemas.py": "tests/conformance/model/test_assumptions.py",
    "conformance/model/outcome.py": "tests/conformance/model/test_patch_model.py",
    "conformance/settings/bad_input.py": "tests/conformance/commands/test_errors.py",
    "reference_server/serve_options.py": "tests/attacks/test_sign_in.py",
    "reference_server/scale/postgres/statements.py": "tests/reference_server/storage/test_tables.py",
    "secrecy/encodings.py": "tests/secrecy/test_redaction.py",
    "conformance/topics/new_references.py": "tests/conformance/topics/test_one_attribute.py",
    "conformance/api.py": "tests/test_public_api.py",
    "loadtests/commands/options.py": "tests/house/test_command_line.py",
    "reference_server/api.py": "tests/test_public_api.py",
    "reference_server/faults/numbered_yaml.py": "tests/reference_server/faults/test_profile.py",
    "simulator/api.py": "tests/test_public_api.py",
    "simulator/commands/options.py": "tests/house/test_command_line.py",
    "simulator/provisioning/cycle_report.py": "tests/simulator/provisioning/test_status.py",
    "simulator/provisioning/provider.py": "tests/simulator/test_providers.py",
    "simulator/provisioning/settings.py": "tests/simulator/entra/test_settings.py",
    "simulator/report/log_entry.py": "tests/simulator/report/test_provisioning_log.py",
    "simulator/stream/events.py": "tests/simulator/stream/test_schema.py",
    "simulator/verify/expected.py": "tests/simulator/verify/test_compare.py",
    # Needs a connection that fails within a unit of work.
    "reference_server/scale/postgres/session.py": "tests/reference_server/scale/postgres/test_write_unit.py",
    # Needs several server processes, of which one is killed.
    "reference_server/scale/workers.py": "tests/crash/test_workers.py",
    # Need a running Locust with its users and a server.
    "loadtests/locust/users.py": "tests/loadtests/scenarios/test_scenarios.py",
    "live_page/run.py": "tests/live_page/test_command.py",
    "loadtests/locustfile.py": "tests/loadtests/locust/test_events.py",
    # Whole programs and the layers below a command.
    "simulator/commands/demo.py": "tests/journeys/test_demo.py",
    "simulator/commands/run_demo.py": "tests/journeys/test_demo.py",
    "simulator/commands/generate.py": "tests/simulator/scenario/test_generate.py",
    "simulator/commands/log.py": "tests/simulator/report/test_log_view.py",
    "simulator/commands/report.py": "tests/simulator/report/test_saved_runs.py",
    "simulator/pytest_plugin.py": "tests/journeys/test_pytest_plugin.py",
}
NO_CODE = ("__init__.py", "__main__.py")


def modules() -> list[Path]:
    found = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if path.name not in NO_CODE]


def places(module: Path) -> list[Path]:
    """Where a reader looks: the file named after the module, then the file named after its folder."""
    beside = Path("tests") / module.parent
    command = module.name.removeprefix("run_")  # run_check.py does the work of the command in check.py
    names = [f"test_{module.name}", f"test_{command}", f"test_{beside.name}.py"]
    return [*(beside / name for name in names), beside.parent / f"test_{beside.name}.py"]


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
