"""The exit code of a program that runs within a forked process, as the interpreter would give it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable


def exit_code(program: Callable[[], object], caught: type[BaseException] = Exception) -> int:
    """Run the program; an exception of the type `caught` is shown, and the code is 1."""
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except caught:
        traceback.print_exc()
        return 1
    return 0
