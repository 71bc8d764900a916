"""A machine's part in a run that another one leads: Locust workers that take their orders from there."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from loadtests.run.locust_process import LOCUST, LOCUSTFILE, STOP_SECONDS, environment, host_and_port
from loadtests.target.target import Refused
from reference_server.lifeline import Lifeline


def join_run(leader: str, token: str | None, tenants_file: Path | None, workers: int) -> int:
    """Work for the run that `leader` (HOST or HOST:PORT) leads, in so many processes; returns the exit code.

    Locust waits for a leader that is not there yet. Raises Refused, KeyboardInterrupt.
    """
    host, port = host_and_port("--join", leader)
    if not token and tenants_file is None:
        raise Refused("--join: a worker needs the bearer token as well (--token or SCIM_TOKEN)")
    command = [*LOCUST, "-f", str(LOCUSTFILE), "--worker", "--loglevel", "WARNING"]
    command += ["--master-host", host, "--master-port", str(port)]
    if workers > 1:
        command += ["--processes", str(workers)]
    line = Lifeline()
    variables = {**environment(token or "", tenants_file), **line.environment}
    child = subprocess.Popen(command, env=variables, start_new_session=True, pass_fds=line.descriptors)
    line.handed_over()
    try:
        return 1 if child.wait() else 0
    except BaseException:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
