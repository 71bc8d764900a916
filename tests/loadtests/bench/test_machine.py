"""The machine of a benchmark: its description has the versions, and the cores are released afterwards."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from time import process_time

import pytest

from loadtests.bench.machine import cpu_seconds, machine_line, resident, run_on, two_cores, versions


def test_the_line_names_python_and_the_packages_that_decide_the_speed() -> None:
    line = machine_line()
    assert f"Python {platform.python_version()}" in line
    assert f"uvicorn {version('uvicorn')}" in line
    assert "\n" not in line


def test_a_package_that_is_not_installed_has_no_version() -> None:
    with pytest.raises(PackageNotFoundError):
        versions("a-package-that-nobody-has-written")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no processor affinity")
def test_server_and_client_have_different_cores_and_all_cores_are_released() -> None:
    before = os.sched_getaffinity(0)
    with two_cores() as (server, client):
        assert (server | client) <= before
        assert not server & client or len(before) == 1
        run_on(server)
        assert os.sched_getaffinity(0) == server
    assert os.sched_getaffinity(0) == before
    run_on(set())
    assert os.sched_getaffinity(0) == before


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="this system has no /proc")
def test_memory_is_given_in_bytes() -> None:
    assert 1 << 20 < resident(os.getpid()) < 1 << 36


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="this system has no scheduler statistics")
def test_the_processor_time_of_all_threads_is_given_in_seconds() -> None:
    before = cpu_seconds(os.getpid())
    done = process_time()
    while process_time() < done + 0.05:
        pass
    assert 0.04 < cpu_seconds(os.getpid()) - before < 60
