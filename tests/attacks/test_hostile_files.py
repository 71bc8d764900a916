"""Files from other programs and malicious files: every command rejects them with one line and exit code 2."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest

from tests.warm_process import run_command

DEEP = "[" * 100_000
CYCLE = "story: &a\n- *a\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12)
)
YAML = {
    "deep": DEEP,
    "cycle": CYCLE,
    "aliases": BOMB,
    "date": "users: 2026-99-99\n",
    "number": f"users: {'9' * 5_000}\n",
}
RUN = {"event": "run", "format": 1, "tool": "simulate", "seed": 1}
TARGET = {"target": {"url": "http://x", "embedded": False}}
JSON = {
    "deep": DEEP,
    "no object": "[]\n",
    "number": json.dumps({**RUN, **TARGET}).replace("1,", f"{'9' * 5_000},", 1),
    "NaN": '{"event": NaN}\n',
    "surrogate": '{"event": "\\ud800", "log": {"entries": ["\\ud800"]}}\n',
    "no target": json.dumps(RUN) + "\n",
    "tool": json.dumps({**RUN, **TARGET, "tool": ["simulate"]}) + "\n",
    "event": json.dumps({**RUN, **TARGET}) + '\n{"event": "cycle"}\n{"event": "end"}\n',
    "exchange": json.dumps({**RUN, **TARGET}) + '\n{"event": "exchange", "url": 7}\n{"event": "end"}\n',
    "no base": '{"event": "tape", "format": 1}\n',
    "base": '{"event": "tape", "format": 1, "base_url": "http://[::1"}\n',
    "binary": "\x00\x01",
}
# The command, with FILE for the file's name.
OF_YAML = {
    "scenario": ("simulate", "FILE.yaml"),
    "credentials": ("simulate", "leaver", "--url", "http://127.0.0.1:9", "--credentials", "FILE.yaml"),
    "check's credentials": ("check", "--url", "http://127.0.0.1:9", "--credentials", "FILE.yaml"),
    "budget": ("load", "--users", "2", "--budget", "FILE.yaml"),
    "faults": ("serve", "--port", "0", "--data", "never", "--faults", "FILE.yaml"),
}
OF_JSON = {
    "report": ("report", "FILE.jsonl"),
    "report of a page": ("report", "FILE.html"),
    "log": ("log", "FILE.jsonl"),
    "tape": ("replay", "FILE.tape", "--url", "http://127.0.0.1:9", "--token", "token-of-a-test"),
    "scrubbed": ("replay", "FILE.tape", "--scrub", "out.tape"),
    "HAR": ("replay", "FILE.har", "--convert", "out.tape"),
    "mapping": ("simulate", "leaver", "--dry-run", "--mapping", "FILE.json"),
    "baseline": ("check", "--url", "http://127.0.0.1:9", "--token", "token-of-a-test", "--baseline", "FILE.json"),
    "load's baseline": ("load", "--users", "2", "--baseline", "FILE.json"),
    "tenants": ("load", "--users", "2", "--scenario", "tenants", "--tenants-file", "FILE.json"),
    "export": ("import", "--data", "never", "FILE.jsonl"),
}


def rejected(folder: Path, command: tuple[str, ...], text: str) -> None:
    name = next(word for word in command if word.startswith("FILE")).replace("FILE", "hostile")
    events = base64.b64encode(zlib.compress(f"[{text}]".encode())).decode()
    page = f'<script type="application/json" id="data">{{"events": "{events}"}}</script>'
    (folder / name).write_text(page if name.endswith(".html") else text, "utf-8")
    done = run_command(*(word.replace("FILE", "hostile") for word in command), cwd=folder, timeout=60)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 1), f"{command}: {done.returncode}: {done.stderr[-2_000:]}"
    assert len(lines[0]) < 1_000


@pytest.mark.parametrize("command", OF_YAML.values(), ids=OF_YAML)
def test_hostile_yaml_is_rejected(tmp_path: Path, command: tuple[str, ...]) -> None:
    for text in YAML.values():
        rejected(tmp_path, command, text)


@pytest.mark.parametrize(
    "text", [f"a = {DEEP}", f"a = {'9' * 5_000}", "a = 2026-99-99", "\x00"], ids=lambda text: text[:6]
)
def test_hostile_toml_is_rejected(tmp_path: Path, text: str) -> None:
    rejected(tmp_path, ("check", "--config", "FILE.toml"), text)


def test_a_hostile_schema_of_the_server_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "deep.json").write_text(DEEP)
    done = run_command("serve", "--port", "0", "--data", "never", "--schemas", "own", cwd=tmp_path, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr[-2_000:]


@pytest.mark.parametrize("command", OF_JSON.values(), ids=OF_JSON)
def test_hostile_json_is_rejected(tmp_path: Path, command: tuple[str, ...]) -> None:
    is_stream = any(word.endswith((".jsonl", ".tape")) for word in command)
    for name, text in JSON.items():
        if is_stream or name in ("deep", "NaN", "surrogate", "no object"):  # the rest are lines of a stream
            rejected(tmp_path, command, text)


@pytest.mark.parametrize("then", ["", " ", "\\n"])
def test_an_empty_expectation_is_rejected_with_its_line(tmp_path: Path, then: str) -> None:
    text = f'users: 3\ndays: 1\nevents:\n- at: day 1 09:00\n  then: "{then}"\n'
    (tmp_path / "empty.yaml").write_text(text)
    done = run_command("simulate", "empty.yaml", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "ssertion" not in done.stderr
