"""`python -m reference_server` starts the server. The tools start it this way."""

import typer

from reference_server.cli import serve
from reference_server.lifeline import end_with_parent
from reference_server.process import unexpected_error

end_with_parent()
try:
    typer.run(serve)
except Exception as error:
    unexpected_error("reference_server", error)
