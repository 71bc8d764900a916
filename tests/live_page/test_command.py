"""`scimulator ui`: it prints a link, serves on loopback, and ends with everything that it started."""

from __future__ import annotations

import re
import signal
import socket

import psutil
import pytest
import urllib3

from tests.support import ROOT, Command, started

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_serves_a_link_and_ends_its_server_when_it_is_stopped(how: signal.Signals) -> None:
    with started("ui", "--port", "0", "--users", "5", cwd=ROOT) as page:
        assert page.stdout is not None
        line = page.stdout.readline()
        link = re.fullmatch(r"Live page: (http://127\.0\.0\.1:\d+/)\?key=(\S+)\n", line)
        assert link is not None, line
        http = urllib3.PoolManager(retries=False, timeout=120)
        answer = http.request("GET", f"{link[1]}?key={link[2]}", redirect=False)
        assert answer.status == 303
        cookie = answer.headers["set-cookie"].partition(";")[0]
        state = http.request("GET", f"{link[1]}api/state", headers={"Cookie": cookie})
        assert state.status == 200
        children = psutil.Process(page.pid).children(recursive=True)
        page.send_signal(how)
        _, errors = page.communicate(timeout=120)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert "Traceback" not in errors


def test_a_port_in_use_is_one_line(scimulator: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        shown = scimulator("ui", "--port", str(taken.getsockname()[1]))
    assert shown.returncode == 2
    assert re.fullmatch(
        r"scimulator ui: --port: port \d+ cannot be used \(.+\); choose a different one\n", shown.stderr
    )


def test_a_url_needs_a_token(scimulator: Command) -> None:
    shown = scimulator("ui", "--url", "https://host/scim/v2")
    assert (shown.returncode, "--token: missing" in shown.stderr) == (2, True)
