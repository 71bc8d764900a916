"""Fuzzing as part of a run: every operation with valid, invalid, and boundary data, and then sequences along the links.

There is one check per operation and phase. The same seed gives the same requests, except for the run's names and ids.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs
from hypothesis.errors import Flaky

from conformance.check_api.session import MARKER
from conformance.fuzz import engine
from conformance.fuzz.answers import TypeErrors
from conformance.fuzz.openapi import Described, described, openapi_document
from conformance.fuzz.sample import sampled
from conformance.fuzz.sending import Sender
from conformance.fuzz.trial import Broken, Enough, Trial
from conformance.target.client import Answer, Client, NoAnswer
from conformance.target.discovery import Target
from simulator.stream.events import CheckResultEvent

Step = tuple[Any, str | None]  # a case, and the id of the resource that it created
PHASES = {
    "positive": "generated requests that match the schema",
    "negative": "generated requests that violate the schema",
    "coverage": "boundary values and single deviations",
}
ORDER = ("discover", "create", "list", "search", "read", "replace", "patch", "delete", "bulk")
SAFE = ("list", "read")  # in addition to discovery, what a read-only run may do
BOUNDARIES = 3  # times as many boundary values as other cases, because each takes a tenth of the time
SILENCES = 3  # checks without a response before the others are skipped


@dataclass(frozen=True, slots=True)
class FuzzOptions:
    """What a fuzz run generates: `examples` cases in each phase, from one seed.

    `select` decides by its name (`fuzz_create_user[positive]`) whether a check runs. Once `stop` returns True, the run
    ends before its next case, without an event for the running check.
    """

    seed: int
    examples: int
    select: Callable[[str], bool] = lambda name: True
    stop: Callable[[], bool] = lambda: False


def run_fuzz(
    client: Client,
    target: Target,
    options: FuzzOptions,
    *,
    write: Callable[[CheckResultEvent], None],
    left: list[str] | None = None,
) -> list[str]:
    """Write one check event per operation and phase; returns the URLs that could not be removed.

    `left`, if given, gets the same URLs, also when the run is interrupted.
    """
    types = described(target)
    sample = partial(sampled, seed=options.seed, examples=options.examples)
    document = openapi_document(target, client.base_url, sample)
    gathered = [] if left is None else left
    before = len(gathered)
    sender = Sender(client, types, f"{MARKER}-fuzz-{secrets.token_hex(4)}", gathered)
    fuzzer = Fuzzer(client, sender, document, options)
    try:
        with engine.seed_alone():
            for trial in fuzzer.trials(types):
                if options.stop():
                    break
                write(trial.event())
    finally:
        sender.client = client.for_check("fuzz::clean up")
        sender.clean_up(homes=True)
    return gathered[before:]


class Fuzzer:
    """Runs the trials one after the other."""

    def __init__(self, client: Client, sender: Sender, document: dict[str, Any], options: FuzzOptions) -> None:
        self._client = client
        self._sender = sender
        self._document = document
        self._seed = options.seed
        self._examples = options.examples
        self._select = options.select
        self._stop = options.stop
        self._known: set[tuple[str, str]] = set()
        self._validators: dict[str, Any] = {}
        self._silences = 0

    def trials(self, types: list[Described]) -> Iterator[Trial]:
        """Every check of the run, each carried out when the iterator reaches it."""
        schema = engine.load(self._document)
        wanted = [(op, phase) for op in sorted(engine.operations(schema), key=_order) for phase in self._phases(op)]
        walked = [rtype for rtype in types if not self._client.read_only and self._select(_walk_name(rtype))]
        made = {operation.label for operation, _ in wanted if _action(operation) == "create"}
        for operation in engine.operations(schema) if wanted and not self._client.read_only else ():
            if _action(operation) == "create" and operation.label not in made:
                self._set_up(operation)
        for operation, phase in wanted:
            yield self._carried_out(self._operation_trial(operation, phase), operation, phase)
        for rtype in walked:
            yield self._walked(schema, rtype)

    def _phases(self, operation: Any) -> list[str]:
        action = _action(operation)
        if self._client.read_only and not action.startswith(("discover", *SAFE)):
            return []
        phases = list(PHASES)
        if action.startswith("discover"):  # discovery requests have nothing to vary
            phases = ["positive"]
        elif action == "bulk":  # boundary values of the inner bodies are tested elsewhere
            phases = ["positive", "negative"]
        return [phase for phase in phases if self._select(_name(operation, phase))]

    def _set_up(self, operation: Any) -> None:
        """Create one resource to work on if no check does."""
        trial = self._trial("set up", "", "create")
        self._guarded(trial, lambda: engine.generated(operation, "positive", self._one(trial), seed=0, examples=1))

    def _operation_trial(self, operation: Any, phase: str) -> Trial:
        title = f"{operation.definition.raw['summary']}: {PHASES[phase]}"
        return self._trial(_name(operation, phase), title, _action(operation), expects_success=phase != "negative")

    def _carried_out(self, trial: Trial, operation: Any, phase: str) -> Trial:
        def run() -> None:
            if phase == "coverage":
                engine.coverage(operation, self._one(trial), seed=self._seed, examples=BOUNDARIES * self._examples)
            else:
                engine.generated(operation, phase, self._one(trial), seed=self._seed, examples=self._examples)

        self._guarded(trial, run)
        self._sender.clean_up()
        return trial

    def _one(self, trial: Trial) -> Callable[[Any], None]:
        def one(case: Any) -> None:
            trial.begin()
            self._send(trial, case, at_home=True)

        return one

    def _walked(self, schema: Any, rtype: Described) -> Trial:
        """The state machine over one resource type."""
        title = f"a {rtype.name} is created, and then read, replaced, patched, and deleted in any order"
        trial = self._trial(_walk_name(rtype), title, "stateful")
        paths, examples = [rtype.endpoint, rtype.endpoint + "/{id}"], max(2, self._examples - 1)
        story: list[Step] = []
        shortest: list[Step] = []

        def begin() -> None:
            story.clear()
            trial.begin()

        def send(case: Any) -> Answer:
            story.append((case, None))
            try:
                answer = self._send(trial, case)
            except Broken:
                if trial.improved:
                    shortest[:] = story
                raise
            story[-1] = case, answer["id"] if answer.status == 201 else None
            return answer

        def run() -> None:
            try:
                engine.walk(schema, paths, begin, send, self._sender.clean_up, seed=self._seed, examples=examples)
            except Flaky:  # also raised if a sequence stops before its first step
                trial.fickle = True
            self._shorten(trial, shortest)

        self._guarded(trial, run)
        return trial

    def _shorten(self, trial: Trial, story: list[Step]) -> None:
        """Remove every step of a failing sequence that the failure does not need; the trial keeps the shortest."""
        for number in reversed(range(len(story) - 1)):
            fewer, made = story[:number] + story[number + 1 :], story[number][1]
            needed = made is not None and any(case.path_parameters.get("id") == made for case, _ in fewer)
            if not needed and self._breaks_again(trial, fewer):
                story = fewer

    def _breaks_again(self, trial: Trial, story: list[Step]) -> bool:
        ids: dict[str, str] = {}
        try:
            trial.begin(patient=True)
            for case, made in story:
                answer = self._send(trial, case, ids=ids)
                if made and isinstance(answer["id"], str):
                    ids[made] = answer["id"]
        except (Broken, Enough) as end:
            return isinstance(end, Broken)
        finally:
            self._sender.clean_up()
        return False

    def _send(self, trial: Trial, case: Any, *, at_home: bool = False, ids: Mapping[str, str] | None = None) -> Answer:
        """Send one case and judge its response; raises Broken or Enough."""
        try:
            sent, answer = self._sender.send(case, at_home=at_home, ids=ids)
            trial.look(sent, answer, self._type_errors(sent.rtype))
        except NoAnswer as error:
            trial.no_answer(error)
        return answer

    def _trial(self, name: str, title: str, action: str, *, expects_success: bool = True) -> Trial:
        view = self._client.for_check(f"fuzz::{name}")
        self._sender.client = view
        return Trial(name, title, action, view, self._stop, self._known, expects_success)

    def _guarded(self, trial: Trial, run: Callable[[], None]) -> None:
        """Run a check; a target that does not respond, or an error of the fuzzer, makes the check undecided."""
        if self._silences >= SILENCES:
            trial.own_error = f"skipped: the target did not respond in {SILENCES} earlier checks"
            return
        try:
            run()
        except Flaky:
            trial.fickle = True
        except Exception as error:
            trial.own_error = f"the fuzzer itself failed: {type(error).__name__}: {str(error)[:300]}"
        self._silences += trial.silent is not None

    def _type_errors(self, rtype: Described | None) -> TypeErrors:
        """Compare a resource with its schema in the document, except for attributes that have their own rules."""

        def errors(resource: Any) -> Iterator[tuple[str, str]]:
            if rtype is None:
                return
            if rtype.key not in self._validators:
                whole = {"$ref": f"#/components/schemas/{rtype.key}", "components": self._document["components"]}
                self._validators[rtype.key] = jsonschema_rs.Draft202012Validator(whole)
            for error in self._validators[rtype.key].iter_errors(resource):
                place = [str(step) for step in error.instance_path]
                if place and place[0] not in ("schemas", "id"):
                    yield ".".join(place), str(error.message)

        return errors


def _name(operation: Any, phase: str) -> str:
    return f"fuzz_{_snake(operation.definition.raw['operationId'])}[{phase}]"


def _walk_name(rtype: Described) -> str:
    return f"fuzz_stateful_{_snake(rtype.key)}"


def _action(operation: Any) -> str:
    return str(operation.definition.raw["x-scim"]["action"])


def _order(operation: Any) -> int:
    """Creates come first, because the other operations work on the created resources."""
    action = _action(operation)
    return next(number for number, known in enumerate(ORDER) if action.startswith(known))


def _snake(name: str) -> str:
    """`createUser` to `create_user`."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
