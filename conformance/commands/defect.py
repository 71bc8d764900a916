"""`scimulator defect`: serves the reference server with one real-world bug, or lists the bugs."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from conformance.commands.errors import one_line_errors
from conformance.defects.catalogue import defects
from conformance.defects.proxy import defect_proxy
from conformance.settings.bad_input import BadInput
from reference_server.embedded import ServerDidNotStart, embedded_server
from simulator.wording import counted


def defect(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of a seeded defect, or `list` for all of them.")
    ] = "list",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535, metavar="PORT")
    ] = 8081,
) -> None:
    """Run the reference server with one known bug of a real server, to see how a check or your client copes with it.

    Example: scimulator defect group-remove-with-value-clears-all
    """
    with one_line_errors("defect"):
        raise typer.Exit(serve_defect(name, port))


def serve_defect(name: str, port: int) -> int:
    """Serve one defect until Ctrl-C, or list all defects."""
    known = defects()
    if name == "list":
        for item in known.values():
            sys.stdout.write(f"{item.name:<43} {item.breaks}\n")
        sys.stdout.write(f"{counted(len(known), 'defect')}\n")
        return 0
    if name not in known:
        near = [other for other in known if name in other][:5]
        hint = f"Did you mean {', '.join(near)}?" if near else "`scimulator defect list` shows all defects."
        raise BadInput(f'unknown defect "{name}". {hint}')
    chosen = known[name]
    try:
        with embedded_server() as server, defect_proxy(server.base_url, port) as proxy:
            base = proxy.add(name, chosen.between)
            killer = chosen.killed_by[0]
            sys.stdout.write(f"{chosen.name}: {chosen.breaks}\n  source   {chosen.source}\n  base URL {base}\n")
            sys.stdout.write(f"  token    {server.token}\n  found by scimulator check --url {base} -k {killer}\n")
            sys.stdout.write("  Press Ctrl-C to stop.\n")
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except ServerDidNotStart as error:
        raise BadInput(str(error), 3) from None
    except OSError as error:
        raise BadInput(f"--port: {port}: {error.strerror or error}") from None
