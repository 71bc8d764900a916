"""A child ends with its parent, however that ends, and removes the parent's temporary folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from reference_server.lifeline import VARIABLE, Held, Lifeline, held, process_pool, start_guarded
from tests.support import ROOT

# Starts the child below, prints its process id, and ends by a signal or when its input is closed.
PARENT = """
import os, subprocess, sys
from pathlib import Path
from reference_server.lifeline import Lifeline
line = Lifeline(Path(sys.argv[1]))
variables = {**os.environ, **line.environment}
command = [sys.executable, "-c", sys.argv[2]]
child = subprocess.Popen(command, env=variables, pass_fds=line.descriptors, stdout=subprocess.PIPE, start_new_session=True)
line.handed_over()
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""
CHILD = """
import signal
from reference_server.lifeline import end_with_parent
end_with_parent()
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("ends_by", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, None])
def test_a_child_ends_with_its_parent(tmp_path: Path, ends_by: signal.Signals | None) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    command = [sys.executable, "-c", PARENT, str(folder), CHILD]
    # Without coverage's variables: its handler of SIGTERM ends the child before the folder is removed.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    parent = subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    if ends_by is not None:
        parent.send_signal(ends_by)
    parent.communicate(timeout=60)  # closes its input
    child.wait(60)
    assert not folder.exists()


def test_a_process_without_a_lifeline_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert held() is None


def test_the_children_of_a_child_do_not_see_its_lifeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = Lifeline(tmp_path)
    monkeypatch.setenv(VARIABLE, line.environment[VARIABLE])
    assert held() == Held(line.descriptors[0], str(tmp_path))
    assert VARIABLE not in os.environ


def test_a_lifeline_that_no_parent_handed_over_ends_nothing(tmp_path: Path) -> None:
    """A variable that names a closed descriptor must neither end the process nor remove a folder."""
    code = "from reference_server.lifeline import end_with_parent; import threading\n"
    code += "end_with_parent()\nfor thread in threading.enumerate()[1:]: thread.join()"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, VARIABLE: f"999:{tmp_path}"}, check=False)
    assert done.returncode == 0
    assert tmp_path.is_dir()


def test_a_pool_that_ends_starts_no_waiting_task(tmp_path: Path) -> None:
    """The task under way ends, which here takes until the others have been canceled."""
    os.mkfifo(tmp_path / "hold")
    with process_pool(1) as pool:
        under_way = pool.submit(Path.read_bytes, tmp_path / "hold")
        waiting = [pool.submit(Path.touch, tmp_path / f"{number}") for number in range(20)]
        canceled = threading.Event()
        waiting[-1].add_done_callback(lambda future: canceled.set())

        def release() -> None:
            canceled.wait(20)
            (tmp_path / "hold").write_bytes(b"done")

        threading.Thread(target=release).start()
    assert under_way.result() == b"done"
    assert waiting[-1].cancelled()
    assert len(list(tmp_path.iterdir())) < 10


# Starts a shell with a process in the background, prints the ids of both, and ends by a signal or when its input is closed.
GUARDING = """
import subprocess, sys
from reference_server.lifeline import start_guarded
command = ["sh", "-c", "sleep 600 & echo $! $$; wait"]
guarded = start_guarded(command, stdout=subprocess.PIPE)
print(guarded.stdout.readline().decode(), guarded.pid, flush=True)
sys.stdin.read()
raise ValueError
"""


@pytest.mark.parametrize("ends_by", [signal.SIGKILL, signal.SIGTERM, None])
def test_any_program_ends_with_its_parent_and_so_does_what_it_started(ends_by: signal.Signals | None) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", GUARDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=-3
    )
    assert parent.stdout is not None
    inner, shell = map(int, parent.stdout.readline().split())
    assert int(parent.stdout.readline()) == shell
    family = [psutil.Process(inner), psutil.Process(shell)]
    if ends_by is not None:
        parent.send_signal(ends_by)
    parent.communicate(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []


def test_a_guarded_program_has_no_child_that_it_does_not_know_and_its_own_exit_code() -> None:
    code = "import os, sys\ntry: os.wait()\nexcept ChildProcessError: sys.exit(len(sys.stdin.read()) or 7)"
    with start_guarded([sys.executable, "-c", code]) as process:
        assert process.wait(60) == 7


def test_a_guard_ends_with_its_program() -> None:
    with start_guarded(["true"]) as process:
        assert process.wait(60) == 0
        (guard,) = (one for one in psutil.process_iter(["name"]) if in_session(one.pid, process.pid))
    guard.wait(60)


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        start_guarded([str(tmp_path / "none")])


def in_session(pid: int, session: int) -> bool:
    with suppress(ProcessLookupError):
        return os.getsid(pid) == session
    return False


def test_no_module_starts_a_process_that_could_outlive_it() -> None:
    packages = ("reference_server", "simulator", "conformance", "loadtests", "live_page")
    sources = {path: path.read_text("utf-8") for package in packages for path in (ROOT / package).rglob("*.py")}
    starting = {path for path, source in sources.items() if re.search(r"\bPopen\(", source)}
    assert len(starting) >= 5
    assert [str(path) for path in starting if "lifeline" not in sources[path]] == []
