"""`python -m reference_server` starts the server. The tools start it this way."""

import typer

from reference_server.cli import serve
from reference_server.lifeline import end_with_parent

end_with_parent()
typer.run(serve)
