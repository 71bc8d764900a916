"""What is published works: the source distribution, the wheel in a fresh environment, and the image without Docker."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import ROOT

DOCKERFILE = ROOT / "docs" / "examples" / "Dockerfile"
PACKAGES = ("conformance", "live_page", "loadtests", "reference_server", "secrecy", "simulator")
CHECK = ("check", "--profile", "rfc", "-k", "test_delete_answers_204", "--no-crowd")
SKIPPED = ("useradd",)  # changes the machine


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text("utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def tracked() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


def run(command: Sequence[str | Path], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def built(source: Path, what: str, into: Path) -> Path:
    """The file that the build backend makes of a source folder, as `make release` calls it."""
    into.mkdir(exist_ok=True)
    code = f"from setuptools.build_meta import {what}; print('made', {what}({str(into)!r}))"
    shown = run([sys.executable, "-c", code], source).stdout
    return into / str(re.findall(r"^made (\S+)$", shown, re.M)[-1])


def fresh_environment(folder: Path) -> Path:
    """The Python of a new environment that has the dependencies of this one, but not the program."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    places = run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).stdout.strip()
    # A folder on the path does not read the .pth files in it, so the editable installation stays out.
    Path(places, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return python


def installed(python: Path, *what: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    run([*pip, "--ignore-installed", *what], folder)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, without what earlier builds left."""
    folder = tmp_path_factory.mktemp("source")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the unpacked source distribution: both are complete."""
    folder = tmp_path_factory.mktemp("dist")
    with tarfile.open(built(source, "build_sdist", folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return built(unpacked, "build_wheel", folder)


@pytest.mark.full
def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {name for name in tracked() if name.split("/")[0] in PACKAGES}
    benches = {name for name in wanted ^ packed if name.startswith("loadtests/bench/")}  # run from a clone only
    assert wanted - packed - benches == set()
    assert packed - wanted - benches == {"scimulator.py", "scimulator_report.py"}


@pytest.mark.full
def test_the_wheel_works_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "fresh")
    installed(python, str(wheel), folder=tmp_path)
    command = python.parent / "scimulator"
    place = run([python, "-c", "import conformance; print(conformance.__file__)"], tmp_path).stdout
    assert place.startswith(str(tmp_path / "fresh"))
    assert re.fullmatch(r"scimulator \d+\.\d+\.\d+\n", run([command, "--version"], tmp_path).stdout)
    assert "pass" in run([command, *CHECK], tmp_path).stdout
    assert "exit 0" in run([command, "simulate", "leaver"], tmp_path).stdout


def test_the_dockerfile_follows_the_rules_of_the_house() -> None:
    words = [word for word, _ in instructions()]
    assert (words[0], words[-1]) == ("FROM", "ENTRYPOINT")
    assert set(words) <= {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT"}
    found = dict(instructions())
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", found["FROM"])
    assert json.loads(found["ENTRYPOINT"]) == ["scimulator"]
    assert words.index("USER") > words.index("RUN"), "the program does not run as root"
    assert found["USER"] in found["RUN"].rpartition("useradd")[2].split()
    steps = [shlex.split(step) for step in found["RUN"].split("&&")]
    for step in steps:
        assert step[:2] == ["pip", "install"] or step[0] in SKIPPED, step
        assert step[0] in SKIPPED or {"--no-cache-dir", "--no-deps"} <= set(step)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", ".scimulator", "data"} <= set(ignored)
    assert not {"requirements", "pyproject.toml", "README.md", "LICENSE", *PACKAGES} & set(ignored)


@pytest.mark.full
def test_the_steps_of_the_dockerfile_install_a_program_that_runs(source: Path, tmp_path: Path) -> None:
    """Carried out in a folder: the dependencies are those of this environment, whose hashes other tests compare."""
    python, found = fresh_environment(tmp_path / "image"), dict(instructions())
    ignored = set((ROOT / ".dockerignore").read_text("utf-8").split())
    context = tmp_path / "context"
    # A pattern without a slash is about the top of the context.
    shutil.copytree(source, context, ignore=lambda at, names: [n for n in names if n in ignored and at == str(source)])
    for step in (shlex.split(part) for part in found["RUN"].split("&&")):
        if "--requirement" in step:
            assert (context / step[step.index("--requirement") + 1]).exists()
        elif step[0] not in SKIPPED:
            options = [word for word in step[2:] if word not in ("--no-cache-dir", "--no-deps")]
            installed(python, *options, folder=context)
    (program,) = json.loads(found["ENTRYPOINT"])
    assert "exit 0" in run([python.parent / program, *CHECK], tmp_path).stdout
