"""Servers whose packages conflict with ours: each has an environment of its own, made once by one command.

    python -m tests.foreign.zoo prepare [NAME ...]     make the environments (all of them without a name)
    python -m tests.foreign.zoo serve NAME             start a server, print its URL and its token, and end it with Enter

A server is a folder of `servers/` with its host program (`serve.py` or `serve.mjs`) and its pins with their hashes
(`requirements.txt` or `package-lock.json`). The environments are kept in `.zoo/`, one for each content of the pins.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from loadtests.bench.servers.node_packages import NotInstalled
from reference_server.lifeline import start_guarded
from scimulator import run_program

SERVERS = Path(__file__).parent / "servers"
ENVIRONMENTS = Path(__file__).resolve().parents[2] / ".zoo"
BASE_PATHS = {
    "better_auth": "/api/auth/scim/v2",
    "canaille": "/scim/v2",
    "django_scim2_server": "/scim/v2",
    "mlflow_oidc_auth": "/scim/v2",
    "saml_jackson": "/scim/v2",
}
OLDEST_PYTHON = {"mlflow_oidc_auth": (3, 12)}  # the others run with ours
NPM = ["npm", "ci", "--omit=dev", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"]
PIP = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirement"]


def command(name: str, folder: Path) -> list[str]:
    """The command that starts a server in this folder; port, token, and folder follow. Raises NotInstalled."""
    environment = _environment(name)
    if not environment.is_dir():
        raise NotInstalled(f"{name} is not prepared; run python -m tests.foreign.zoo prepare {name}")
    if not _runs_on_node(name):
        return [str(environment / "bin" / "python"), str(SERVERS / name / "serve.py")]
    _need_node(name)
    # Node.js looks for packages beside the program.
    (folder / "node_modules").symlink_to(environment / "node_modules")
    shutil.copy(SERVERS / name / "serve.mjs", folder)
    return ["node", "serve.mjs"]


def prepare(name: str) -> None:
    """Make the environment of a server, unless it is there. Raises NotInstalled."""
    kept = _environment(name)
    if kept.is_dir():
        return
    ENVIRONMENTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ENVIRONMENTS, prefix=f"{name}-new-") as folder:
        fresh = Path(folder) / "environment"
        if _runs_on_node(name):
            _need_node(name)
            fresh.mkdir()
            for pins in _pins(name):
                shutil.copy(pins, fresh)
            _run(NPM, fresh, name)
        else:
            _run([_python(name), "-m", "venv", str(fresh)], Path(folder), name)
            _run([str(fresh / "bin" / "python"), *PIP, str(_pins(name)[0])], Path(folder), name)
        fresh.rename(kept)


def _environment(name: str) -> Path:
    digest = hashlib.sha256(b"".join(pins.read_bytes() for pins in _pins(name))).hexdigest()[:12]
    return ENVIRONMENTS / f"{name}-{digest}"


def _runs_on_node(name: str) -> bool:
    return (SERVERS / name / "serve.mjs").exists()


def _need_node(name: str) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled(f"{name} needs Node.js: node and npm are not on the PATH")


def _pins(name: str) -> list[Path]:
    files = ["package.json", "package-lock.json"] if _runs_on_node(name) else ["requirements.txt"]
    return [SERVERS / name / file for file in files]


def _python(name: str) -> str:
    """A Python that is new enough for the server: ours, or one on the PATH."""
    oldest = OLDEST_PYTHON.get(name, (3, 11))
    if sys.version_info[:2] >= oldest:
        return sys.executable
    for minor in range(oldest[1], oldest[1] + 3):
        program = f"python3.{minor}"
        if (
            shutil.which(program)
            and subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0
        ):
            return program
    raise NotInstalled(f"{name} needs Python {oldest[0]}.{oldest[1]} or newer, and none is on the PATH")


def _run(arguments: list[str], folder: Path, name: str) -> None:
    log = folder / "log"
    with log.open("wb") as words, start_guarded(arguments, cwd=folder, stdout=words, stderr=words) as process:
        code = process.wait(900)
    if code != 0:
        said = (log.read_text(errors="replace").strip() or "no message").splitlines()[-1]
        raise NotInstalled(f"{name} could not be installed: {said}")


def main(arguments: list[str]) -> int:
    """Prepare environments, or start one server until Ctrl-C."""
    from tests.foreign.targets import running

    match arguments:
        case ["prepare", *names] if set(names) <= BASE_PATHS.keys():
            failed = 0
            for name in names or BASE_PATHS:
                try:
                    prepare(name)
                    print(f"{name}: ready")
                except NotInstalled as reason:
                    print(reason)
                    failed = 1
            return failed
        case ["serve", name] if name in BASE_PATHS:
            try:
                with running(name) as server:
                    print(f"SCIM_URL={server.base_url} SCIM_TOKEN={server.token}", flush=True)
                    sys.stdin.readline()
            except NotInstalled as reason:
                print(reason)
                return 1
            return 0
    print(f"usage: python -m tests.foreign.zoo prepare [NAME ...] | serve NAME\nnames: {', '.join(BASE_PATHS)}")
    return 2


if __name__ == "__main__":
    run_program(lambda: main(sys.argv[1:]))
