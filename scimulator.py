"""The front door: one command line that opens a room only when its command runs.

A room is imported late on purpose: importing locust patches the whole process with gevent, and `--help` stays fast. Nothing
that takes long is imported before `main`, so that Ctrl-C ends in order from the beginning.
The module of a command (`commands/<command>.py`) has a function named like it.
"""

from __future__ import annotations

import importlib
import io
import json
import keyword
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

# command → (module that holds the function of that name, one line for the overview)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("simulator.commands.demo", "The whole story in under a minute, on an embedded server."),
    "serve": ("reference_server.cli", "Run the reference SCIM server."),
    "export": ("reference_server.scale.commands", "Write everything that a server stored to a file, as JSON lines."),
    "import": ("reference_server.scale.commands", "Read such a file into an empty store; checked by reading back."),
    "simulate": ("simulator.commands.simulate", "Run joiner / mover / leaver scenarios as Entra ID would."),
    "clean": ("simulator.commands.clean", "Remove what simulations and load tests left in a target."),
    "provision": ("simulator.commands.provision", "Provision one person or group on demand, in five steps."),
    "mapping": ("simulator.commands.mapping", "Attribute mappings as Entra exports them; try an expression."),
    "log": ("simulator.commands.log", "A simulation's provisioning log, as Entra shows it."),
    "generate": ("simulator.commands.generate", "Write a scenario as YAML, to read, edit and keep."),
    "replay": ("simulator.commands.replay", "Replay recorded traffic and compare the answers."),
    "check": ("conformance.commands.check", "Check a SCIM server against the RFCs and what providers need."),
    "explain": ("conformance.commands.explain", "A requirement, check, defect or verdict in words."),
    "defect": ("conformance.commands.defect", "Serve one real-world bug, live, to see what it does."),
    "report": ("", "Read a run's event stream again, in any format."),  # the room depends on the stream
    "load": ("loadtests.commands.load", "Load a SCIM server as a provider would, and verify the end state."),
}


LONGEST_HEADER = 1_000_000  # bytes of a stream's first line
REPORT_ROOMS = {
    "simulate": "simulator.commands.report",
    "replay": "simulator.commands.report",
    "load": "loadtests.commands.report",
}


def report_room(arguments: list[str]) -> str:
    """The room that made the stream among the arguments: its `report` reads it. What is no stream, check's report refuses."""
    for word in arguments:
        try:
            with open(word, "rb") as stream:
                tool = json.loads(stream.readline(LONGEST_HEADER)).get("tool")
        except (OSError, ValueError, AttributeError, RecursionError):
            continue
        return REPORT_ROOMS.get(str(tool), "conformance.commands.report")
    return "conformance.commands.report"


def command_line(arguments: list[str]) -> typer.Typer:
    """The app for these arguments: only the invoked command's room is imported."""
    import typer

    app = typer.Typer(
        name="scimulator",
        help="A proving ground for SCIM 2.0 provisioning.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    invoked = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, summary) in COMMANDS.items():
        if name == invoked:
            room = module or report_room(arguments[arguments.index(name) + 1 :])
            function = name + "_" * keyword.iskeyword(name)  # Python keeps `import` to itself
            app.command(name)(getattr(importlib.import_module(room), function))
        else:
            app.command(name, help=summary)(lambda: None)
    return app


def main() -> None:
    """Entry point of the `scimulator` command; exit codes are those of the command-line contract."""
    try:
        from secrecy.console import redact_errors, redact_output

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a target's text may hold half of a surrogate pair
        os.umask(0o077)  # whatever a command writes is for its owner only
        redact_output()
        redact_errors()
        _end_as_by_ctrl_c()
        command_line(sys.argv[1:])()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from simulator.guard.incident import report_incident

        sys.exit(report_incident(error, sys.argv[1:]))


def _end_as_by_ctrl_c() -> None:
    """SIGTERM (docker stop, a canceled job) and SIGHUP (a closed terminal) clean up as Ctrl-C does; so does the parent's end."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it for a job in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    if "SCIMULATOR_LIFELINE" in os.environ:  # the help opens no room, and a command that a user starts has no lifeline
        from reference_server.lifeline import end_with_parent

        end_with_parent()


if __name__ == "__main__":
    main()
