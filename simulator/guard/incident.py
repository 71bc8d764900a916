"""Reports an unexpected error: one line on stderr, a private file with the details, and a separate exit code."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from secrecy.encodings import REDACTED
from secrecy.private_files import write_new
from secrecy.redaction import learn, redacted

EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h: the program failed, not the target or the user
FOLDER = Path(".scimulator")
MOST_CHARACTERS = 200_000
SHORTEST_SECRET = 4  # shorter values occur by chance in other text
_NAMES = re.compile(r"(?i)token|secret|password|passwd|header|credential|authorization|api[-_]?key|cookie")
_VALUES = re.compile(
    r"(?i)(\b(?:bearer|basic)\s+|://[^/\s:@]*:|[\"']?\b\w*(?:token|secret|password|passwd)\w*[\"']?\s*[:=]\s*[\"']?)"
    r"([^\s\"'@,;}]+)"
)


def report_incident(
    error: BaseException, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> int:
    """Print one line for the user and write the details to a file. Returns the exit code."""
    learn(*known_secrets(arguments, os.environ if environment is None else environment))
    words = without_secrets(" ".join(f"{type(error).__name__}: {error}".split())[:200])
    shown = without_secrets(" ".join(arguments))
    details = "".join(traceback.format_exception(error))
    if len(details) > MOST_CHARACTERS:
        details = details[: MOST_CHARACTERS // 2] + "\n…\n" + details[-MOST_CHARACTERS // 2 :]
    text = (
        f"scimulator {shown}\n{datetime.now(UTC).isoformat(timespec='seconds')}, Python {platform.python_version()}, "
        f"{platform.platform()}\n\n{without_secrets(details)}"
    )
    command = next((word for word in arguments if not word.startswith("-")), "")
    place = _written(text)
    told = f"see {place} for details" if place else "the details could not be written to a file"
    line = f"{f'scimulator {command}'.rstrip()}: unexpected error in Scimulator: {words}; {told}\n"
    sys.stderr.write(line.encode("utf-8", "backslashreplace").decode())
    return EXIT_CODE


def known_secrets(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The values of options and environment variables whose names indicate a secret, longest first."""
    found = [value for name, value in environment.items() if _NAMES.search(name)]
    before = ""
    for word in arguments:
        name, equals, value = word.partition("=")
        if word.startswith("-") and equals and _NAMES.search(name):
            found.append(value)
        elif before.startswith("-") and _NAMES.search(before):
            found += [word, word.partition(":")[2].strip()]
        before = word
    return sorted({value for value in found if len(value) >= SHORTEST_SECRET}, key=len, reverse=True)


def without_secrets(text: str) -> str:
    """The text without known secrets and without strings that look like secrets."""
    return _VALUES.sub(rf"\g<1>{REDACTED}", redacted(text))


def _written(text: str) -> Path | None:
    """Write a new file in `.scimulator` of the current directory, or else in the system's temporary directory."""
    name = f"incident-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    with contextlib.suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError), (FOLDER / ".gitignore").open("x") as ignore:
            ignore.write("*\n")
    for folder in (FOLDER, Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            place = folder / name
            write_new(place, text.encode("utf-8", "backslashreplace"))
            return place
    return None
