"""The command line: every command, and the module that is imported when it runs.

Modules are imported late: importing Locust patches the whole process with gevent, and `--help` stays fast. Nothing that takes
long is imported before `main`, so that Ctrl-C works from the beginning. The module of a command has a function of its name.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import keyword
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    import typer

# panel of the help → command → (module that holds the function of that name, its line in the help)
PANELS: dict[str, dict[str, tuple[str, str]]] = {
    "Start here": {
        "demo": ("simulator.commands.demo", "Play a month of joiners, movers, and leavers in under a minute."),
        "ui": ("live_page.command", "Open the live page: drive a simulation by hand, and watch every request."),
    },
    "Test a SCIM server": {
        "check": ("conformance.commands.check", "Check a SCIM server against the RFCs and the needs of providers."),
        "simulate": ("simulator.commands.simulate", "Play an identity provider with joiners, movers, and leavers."),
        "provision": ("simulator.commands.provision", "Provision one user or group on demand."),
        "load": ("loadtests.commands.load", "Send the requests of a whole company, and verify the end state."),
        "clean": ("simulator.commands.clean", "Delete what simulations and load tests left in a target."),
        "replay": ("simulator.commands.replay", "Send recorded requests again, and compare the responses."),
    },
    "Test a SCIM client": {
        "check-client": ("conformance.commands.check_client", "Judge a SCIM client by what it sends, also in trouble."),
        "serve": ("reference_server.cli", "Run the reference server."),
        "defect": ("conformance.commands.defect", "Run the reference server with one known bug of a real server."),
    },
    "Look closer": {
        "report": ("scimulator_report", "Create reports from the event stream of an earlier run."),
        "log": ("simulator.commands.log", "Show the provisioning log of a simulation."),
        "explain": ("conformance.commands.explain", "Explain a requirement, check, defect, profile, or verdict."),
    },
    "Prepare": {
        "generate": ("simulator.commands.generate", "Write a random scenario as YAML, to read, edit, and keep."),
        "mapping": (
            "simulator.commands.mapping",
            "Write an attribute mapping as Entra ID exports it, or try an expression.",
        ),
        "export": ("reference_server.scale.commands", "Export everything that a server stores to a file."),
        "import": ("reference_server.scale.commands", "Import an export file into an empty store and verify it."),
    },
}
COMMANDS = {name: command for commands in PANELS.values() for name, command in commands.items()}
T = TypeVar("T")
COMPLETED = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")  # the line that a shell wants completed


def command_line(arguments: list[str]) -> typer.Typer:
    """The app for these arguments: only the package of the invoked command is imported."""
    import typer

    app = typer.Typer(
        name="scimulator",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"], "obj": open_judge},
    )

    @app.callback(epilog="Documentation: the folder docs/ of the repository, beginning with README.md.")
    def scimulator(
        version: bool = typer.Option(
            False, "--version", metavar="", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ) -> None:
        """A proving ground for SCIM 2.0 provisioning: it checks servers, plays the identity provider, and tests under load.

        Without --url, every command that tests a server starts its own reference server and stops it at the end.

        Example: scimulator demo
        """

    invoked = next((word for word in arguments if word in COMMANDS), None)
    for panel, commands in PANELS.items():
        for name, (module, summary) in commands.items():
            if name == invoked:
                app.command(name)(getattr(importlib.import_module(module), function_of(name)))
            else:
                app.command(name, help=summary, rich_help_panel=panel)(lambda: None)
    return app


def open_judge(base_url: str, *documents: Any) -> Any:
    """The judge of clients, which `serve` shows on its traffic page. It is imported when someone opens one."""
    from conformance.client.live import judge_of_server

    return judge_of_server(base_url, *documents)


def function_of(command: str) -> str:
    """The name of the function of a command; Python keeps `import` to itself."""
    return command.replace("-", "_") + "_" * keyword.iskeyword(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"scimulator {version('scimulator')}\n")
        sys.exit(0)


def _arguments() -> list[str]:
    """The words after `scimulator`, also of a line that a shell wants completed."""
    line = next(
        (os.environ[name] for name in COMPLETED if "_SCIMULATOR_COMPLETE" in os.environ and name in os.environ), ""
    )
    return line.split()[1:] if line else sys.argv[1:]


def main() -> None:
    """Entry point of the `scimulator` command; exit codes are those of the command-line contract."""
    try:
        _open_what_is_closed()
        from secrecy.console import redact_errors, redact_output

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a target's text may hold half of a surrogate pair
        os.umask(0o077)  # whatever a command writes is for its owner only
        redact_output()
        redact_errors()
        _end_as_by_ctrl_c()
        with _interrupt_remembered():
            run = command_line(_arguments())
            _import_what_runs(_arguments())
        _run(run)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _end_with_incident(error)


def _open_what_is_closed() -> None:
    """Discard the output of a command whose standard output or error is closed (`>&-`), as if it went to the null device.

    Otherwise the next file that is opened would take its place.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        descriptor = os.dup(descriptor)
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _run(command: Callable[[], T]) -> T:
    """Run a command. If its output can no longer be written, it cleans up, and one line says so."""
    from secrecy.lost_output import CLOSED_PIPE, OutputLost

    try:
        try:
            return command()
        finally:
            sys.stdout.flush()  # the end of the process is too late to notice a failure
    except OutputLost as lost:
        if lost.code != CLOSED_PIPE:
            name = " ".join(["scimulator", *[word for word in sys.argv[1:] if word in COMMANDS][:1]])
            sys.stderr.write(f"{name}: {lost}\n")
        raise


def _end_with_incident(error: Exception) -> NoReturn:
    """Print one line about an unexpected error, write an incident file, and exit with code 70."""
    from simulator.guard.incident import report_incident

    sys.exit(report_incident(error, sys.argv[1:]))


def run_program(main: Callable[[], int]) -> NoReturn:
    """Run a program beside the command line. A signal that ends a command ends it, too, and before it what it has started."""
    from secrecy.console import redact_errors, redact_output

    redact_output()
    redact_errors()
    _end_as_by_ctrl_c()
    try:
        sys.exit(_run(main))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; everything that was started has ended\n")
        sys.exit(130)
    except Exception as error:
        _end_with_incident(error)


def _import_what_runs(arguments: list[str]) -> None:
    """Import the module `run_NAME` of a command, if it has one, while an interrupt is remembered."""
    invoked = next((word for word in arguments if word in COMMANDS), None)
    if invoked is None or {"-h", "--help"} & {*arguments}:
        return
    package, _, name = COMMANDS[invoked][0].rpartition(".")
    if package and importlib.util.find_spec(runner := f"{package}.run_{name}"):
        importlib.import_module(runner)


@contextmanager
def _interrupt_remembered() -> Iterator[None]:
    """Raise KeyboardInterrupt for a Ctrl-C at the end, or at once for the second one.

    While a library is imported, an interrupt can be raised in an extension module or a destructor, which swallows it.
    """
    before, was_interrupted = signal.getsignal(signal.SIGINT), False

    def remember(*_: object) -> None:
        nonlocal was_interrupted
        if was_interrupted:
            raise KeyboardInterrupt
        was_interrupted = True

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if was_interrupted:
        raise KeyboardInterrupt


def _end_as_by_ctrl_c() -> None:
    """SIGTERM (docker stop, a canceled job) and SIGHUP (a closed terminal) clean up as Ctrl-C does; so does the parent's end."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it for a job in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    if "SCIMULATOR_LIFELINE" in os.environ:  # help needs no package, and a command that a user starts has no lifeline
        from reference_server.lifeline import end_with_parent

        end_with_parent()


if __name__ == "__main__":
    main()
