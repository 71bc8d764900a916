"""An unexpected error: one line, a file for its owner alone, an exit code of its own, and no secret anywhere."""

from __future__ import annotations

import base64
import stat
from pathlib import Path
from urllib.parse import quote

import pytest

from simulator.guard.incident import EXIT_CODE, known_secrets, report_incident, without_secrets

SECRET = 'tok/en "7f3a'


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_line_names_the_file_that_only_its_owner_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forms = [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode(), repr(SECRET)]
    try:
        raise RuntimeError("first line\nsecond \ud800 " + " ".join(forms))
    except RuntimeError as error:
        code = report_incident(
            error, ["check", "--token", SECRET, "--header", f"X-Own: {SECRET}"], {"SCIM_TOKEN": SECRET}
        )
    told = capsys.readouterr()
    [file] = (tmp_path / ".scimulator").glob("incident-*.txt")
    text = file.read_text("utf-8")
    assert (code, told.out, len(told.err.splitlines())) == (EXIT_CODE, "", 1)
    assert str(file.relative_to(tmp_path)) in told.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "RuntimeError: first line" in text
    assert "test_incident.py" in text
    assert [form for form in forms if form in text + told.err] == []


def test_a_folder_that_cannot_be_written_is_no_second_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".scimulator").write_text("a file stands in the way")
    assert report_incident(ValueError("x"), ["load"], {}) == EXIT_CODE
    told = capsys.readouterr().err
    place = Path(told.partition("; see ")[2].partition(" for details")[0])
    assert place.read_text("utf-8").startswith("scimulator load\n")
    place.unlink()


def test_a_long_error_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report_incident(ValueError("x" * 5_000_000), ["load"], {})
    [file] = (tmp_path / ".scimulator").glob("incident-*.txt")
    assert file.stat().st_size < 500_000
    assert len(capsys.readouterr().err) < 1_000


@pytest.mark.parametrize(
    ("arguments", "environment", "secrets"),
    [
        (["--token", "abcdef"], {}, ["abcdef"]),
        (["--admin-token=abcdef"], {}, ["abcdef"]),
        (["--header", "X-Key: abcdef"], {}, ["X-Key: abcdef", "abcdef"]),
        (["--users", "1000"], {"SCIM_CLIENT_SECRET": "abcdef", "HOME": "/root"}, ["abcdef"]),
        (["--token", "ab"], {}, []),
    ],
)
def test_secrets_are_known_by_the_names_of_options_and_variables(
    arguments: list[str], environment: dict[str, str], secrets: list[str]
) -> None:
    assert known_secrets(arguments, environment) == secrets


@pytest.mark.parametrize(
    "text",
    ["Authorization: Bearer 7f3a9", "postgresql://user:7f3a9@host/db", '{"password": "7f3a9"}', "client_secret=7f3a9"],
)
def test_what_looks_like_a_secret_is_redacted(text: str) -> None:
    assert "7f3a9" not in without_secrets(text)
