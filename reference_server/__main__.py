"""`python -m reference_server`: the server alone, as the other rooms start it."""

import typer

from reference_server.cli import serve
from reference_server.lifeline import end_with_parent

end_with_parent()
typer.run(serve)
