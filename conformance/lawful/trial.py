"""Runs the suite against correct servers that differ from the reference server, and lists its findings.

python -m conformance.self_test --random 20 1        20 servers with random schemas and features, from seed 1
python -m conformance.self_test --lawful [NAME …]    the variations of variations.csv

Random servers run in a few processes, each of which carries out one server after the other. The crowd is left out where its
checks say nothing new: every 25th random server has it, and each server that lacks a feature.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from random import Random
from typing import Any

from conformance.defects.mutations import both
from conformance.defects.proxy import defect_proxy
from conformance.lawful.schemas import random_schemas
from conformance.lawful.variations import PROFILES, features, variations
from conformance.requirements.verdict import Verdict
from conformance.run.run_settings import Settings
from conformance.run.suite import PreflightFailed, run_checks
from conformance.target.client import Client
from reference_server.embedded import EmbeddedServer, embedded_server
from reference_server.lifeline import process_pool
from secrecy.temporary import temporary_folder
from simulator.stream.run_stream import RunStream
from simulator.wording import counted, pluralize

ALARMS = (Verdict.FAIL, Verdict.UNDECIDED)
WITH_CROWD = 25  # one in this many seeds


@dataclass(slots=True)
class Trial:
    """The suite's findings about one correct server, each as one line, and the number of checks that tested it."""

    server: str
    alarms: list[str] = field(default_factory=list)
    judged: int = 0


def random_trials(count: int, seed: int = 1) -> Iterator[Trial]:
    """The suite against servers with the seeds `seed`, `seed + 1`, …, in the order in which they are done."""
    with embedded_server() as server:
        published = published_schemas(server)
    processes = min(count, os.cpu_count() or 1)
    with process_pool(processes) as pool:
        trials = [pool.submit(try_random, published, number) for number in range(seed, seed + count)]
        for done in as_completed(trials):
            yield done.result()


def lawful_trials(names: Iterable[str] = ()) -> Iterator[Trial]:
    """The suite against the reference server with each of these variations; all of them where none is named."""
    with embedded_server() as server:
        for name in names or variations():
            yield try_variation(server, name)


def tell_trials(trials: Iterable[Trial], count: int) -> int:
    """Print each trial with its findings as soon as it is done; returns 1 if there are any."""
    servers = alarms = 0
    for trial in trials:
        servers, alarms = servers + 1, alarms + len(trial.alarms)
        progress = f"{servers:>{len(str(count))}} of {count}"
        judged = f"{trial.judged:>5} {pluralize(trial.judged, 'check')}"
        sys.stdout.write(f"  {progress}  {trial.server:<52} {judged}  {counted(len(trial.alarms), 'finding')}\n")
        sys.stdout.write("".join(f"    {line[:300]}\n" for line in trial.alarms))
        sys.stdout.flush()
    sys.stdout.write(f"  {counted(servers, 'server')}   {counted(alarms, 'finding')}\n")
    return 1 if alarms else 0


def published_schemas(server: EmbeddedServer) -> list[dict[str, Any]]:
    """The documents that the reference server shows at /Schemas, without `meta`."""
    listed = Client(server.base_url, server.token).send("GET", "/Schemas").json["Resources"]
    return [{name: value for name, value in document.items() if name != "meta"} for document in listed]


def try_random(published: list[dict[str, Any]], seed: int, expression: str = "", *, fuzz: bool = False) -> Trial:
    """The suite against a server whose schemas and features this seed decides."""
    chosen = chosen_features(seed)
    with temporary_folder() as home:
        folder = home / "schemas"
        folder.mkdir()
        (folder / "random.json").write_text(json.dumps(random_schemas(published, seed)), "utf-8")
        with embedded_server(arguments=["--schemas", str(folder)]) as server:
            name = " ".join([f"seed {seed}", *chosen])
            with _behind(server, chosen) as url:
                crowd = seed % WITH_CROWD == 0
                return judged(name, url, server.token, expression, fuzz=fuzz, crowd=crowd)


def try_variation(server: EmbeddedServer, name: str, expression: str = "", profiles: tuple[str, ...] = ()) -> Trial:
    """The suite against the reference server with one variation."""
    with _behind(server, [name]) as url:
        chosen, crowd = profiles or variations()[name].profiles, name in features()
        return judged(name, url, server.token, expression, profiles=chosen, crowd=crowd)


def chosen_features(seed: int) -> list[str]:
    """The features that the server of this seed does not have: none, one, or several."""
    random = Random(f"features {seed}")
    return [name for name in features() if random.random() < 0.2]


def judged(
    server: str,
    url: str,
    token: str,
    expression: str = "",
    *,
    profiles: tuple[str, ...] = PROFILES,
    fuzz: bool = False,
    crowd: bool = True,
) -> Trial:
    """Run the suite; a preflight that stops the run is an alarm, too."""
    trial = Trial(server)
    settings = Settings(
        url,
        token,
        profiles=profiles,
        expression=expression,
        fuzz=fuzz,
        fuzz_examples=2,
        examples=5,
        crowd=crowd,
        parallel=1,
    )

    def listen(event: Any) -> None:
        if event["event"] == "check":
            trial.judged += event["verdict"] != Verdict.NOT_OFFERED
            if event["verdict"] in ALARMS:
                found = f"(expected {event['expected']}, got {event['got']})"
                trial.alarms.append(f"{event['id']}: {event['verdict']} {event['message']} {found}")
        elif event["event"] == "cleanup":
            trial.alarms += [f"cleanup: {url} remains" for url in event["left"]]

    try:
        with RunStream(None, (listen,)) as stream:
            run_checks(settings, stream)
    except PreflightFailed as error:
        trial.alarms.append(f"preflight: {error}")
    return trial


@contextmanager
def _behind(server: EmbeddedServer, names: list[str]) -> Iterator[str]:
    """The base URL of the server with these variations."""
    if not names:
        yield server.base_url
        return
    known = variations()
    with defect_proxy(server.base_url) as proxy:
        yield proxy.add("-".join(names), reduce(both, [known[name].between for name in names]))
