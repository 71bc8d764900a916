"""What a process prints holds no known secret; everything else about its streams stays as it is."""

from __future__ import annotations

import io
import sys

import pytest

from secrecy.console import redact_errors, redact_output
from secrecy.redaction import learn


def test_both_streams_are_redacted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    for _ in range(2):
        redact_output()
        redact_errors()
    learn("console-token-1")
    print("token console-token-1", flush=True)
    sys.stderr.writelines(["console-token-1\n", "other\n"])
    assert out.getvalue() == "token [redacted]\n"
    assert err.getvalue() == "[redacted]\nother\n"
    assert not sys.stdout.isatty()
