"""Runs Locust workers on this machine for a load test that another machine leads."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from loadtests.run.locust_process import ENDS, LOCUST, LOCUSTFILE, STOP_SECONDS, environment, host_and_port
from loadtests.target.target import Refused
from reference_server.lifeline import Lifeline


def join_run(leader: str, token: str | None, tenants_file: Path | None, workers: int) -> int:
    """Work for the run of `leader` (HOST or HOST:PORT) in `workers` processes. Returns the exit code.

    Locust waits until the leader is available. Raises Refused or KeyboardInterrupt.
    """
    host, port = host_and_port("--join", leader)
    if not token and tenants_file is None:
        raise Refused("--join: a worker needs the bearer token too; set --token or the environment variable SCIM_TOKEN")
    command = [*LOCUST, "-f", str(LOCUSTFILE), "--worker", "--loglevel", "WARNING", *ENDS]
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
