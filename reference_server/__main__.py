"""`python -m reference_server`: the server alone, as the other rooms start it."""

import typer

from reference_server.cli import serve

typer.run(serve)
