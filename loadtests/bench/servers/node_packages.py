"""Installs the npm packages of a Node.js server once per version of its lock file, outside of the source tree."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from reference_server.lifeline import start_guarded
from secrecy.temporary import temporary_folder

SCIMMY = Path(__file__).parent / "scimmy"
INSTALL_SECONDS = 100.0


class NotInstalled(Exception):
    """A requirement of the server is not installed. The message names it."""


def prepare_scimmy(folder: Path) -> list[str]:
    """Copy SCIMMY's server and its packages to a folder. Returns the command to run there. Raises NotInstalled."""
    (folder / "node_modules").symlink_to(_node_packages(SCIMMY / "package.json"))
    shutil.copy(SCIMMY / "server.mjs", folder)
    return ["node", "server.mjs"]


def scimmy_versions() -> str:
    """The versions of Node.js and of the pinned packages. Raises NotInstalled."""
    try:
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except OSError:
        raise NotInstalled("node is not installed") from None
    pins = json.loads((SCIMMY / "package.json").read_text("utf-8"))["dependencies"]
    return ", ".join([f"node {node.strip().removeprefix('v')}", *(f"{name} {pin}" for name, pin in pins.items())])


def _node_packages(wanted: Path) -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled("node and npm are not installed, so SCIMMY cannot be started")
    lock = wanted.with_name("package-lock.json")  # contains the hash of every package; npm ci installs only these
    digest = hashlib.sha256(wanted.read_bytes() + lock.read_bytes()).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"scimulator-{os.getuid()}-{wanted.parent.name}-{digest}"
    if not kept.is_dir():
        with temporary_folder() as fresh:
            place, log = fresh / "packages", fresh / "log"
            place.mkdir()
            for file in (wanted, lock):
                shutil.copy(file, place)
            npm = ["npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"]
            with (
                log.open("wb") as words,
                start_guarded(npm, cwd=place, stdout=words, stderr=words) as process,
                suppress(subprocess.TimeoutExpired),
            ):
                process.wait(INSTALL_SECONDS)
            if process.returncode:
                raise NotInstalled(f"npm could not install SCIMMY: {log.read_text().strip().splitlines()[:1]}")
            _keep(place, kept)
    return kept / "node_modules"


def _keep(place: Path, kept: Path) -> None:
    """Move the finished folder to its place, unless another process did so first."""
    try:
        place.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise
