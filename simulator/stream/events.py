"""Every event of a run stream, field by field. Tools write these events, and reports read them.

A stream is a file of JSON lines. It begins with `run`, ends with `end`, and holds the tool's own events between them
(`SimulateEvent`, `CheckEvent`, `LoadEvent`, `ReplayEvent`). `docs/stream.md` and `docs/stream.schema.json` are generated
from this module with `python -m simulator.stream.schema`. Times are strings in ISO 8601, fields named `…_ms` are durations
in milliseconds, and shares are numbers from 0 to 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

FORMAT = 1
VerdictName = Literal["PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "NOT EXERCISED", "UNDECIDED", "WAIVED"]
ChangeKind = Literal["joiner", "mover", "leaver", "group", "provider", "target"]
ObjectKind = Literal["user", "group"]
EntryKind = Literal["user", "group", "manager", "members", "probe"]
EntryAction = Literal["Create", "Update", "Disable", "Delete", "StagedDelete", "Other"]
EntryStatus = Literal["Success", "Failure", "Skipped", "Warning"]
CycleKind = Literal["initial", "incremental", "none"]
PhaseName = Literal["provision", "live", "remove"]
PhaseState = Literal["start", "progress", "end"]
ReadBackExtent = Literal["whole", "touched"]
NoticeChannel = Literal["e-mail", "audit log"]
JudgedMoment = Literal["every cycle", "the end"]
# Ordered by severity: reports list differences in this order.
DifferenceKind = Literal["unreadable", "active", "unexpected", "missing", "members", "twice", "manager", "value"]
CrowdState = Literal["making", "made", "left out", "removing", "removed"]
FailureLevel = Literal["lie", "refusal", "cosmetic"]
BodyName = Literal["request_body", "response_body"]
ComparisonVerdict = Literal["slower", "faster", "no difference shown", "too few requests"]
ProbeName = Literal[
    "reachable",
    "base URL",
    "token accepted",
    "responds with SCIM",
    "wrong token rejected",
    "content type",
    "clock",
    "creates a user",
    "creates a group",
]


# ── events of every tool ──


class TargetFacts(TypedDict):
    """The server under test."""

    url: Annotated[str, "Base URL."]
    embedded: Annotated[bool, "Whether the tool started its own reference server."]


class ExchangeEvent(TypedDict):
    """One HTTP request and its response. Credentials are redacted."""

    event: Literal["exchange"]
    number: Annotated[int, "Position of the request in the run, starting at 1."]
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str | None
    status: Annotated[int | None, "Status code, or null when no response arrived."]
    response_headers: dict[str, str]
    response_body: str | None
    started_at: Annotated[str, "Wall-clock time of the request."]
    duration_ms: float
    virtual_at: Annotated[str | None, "Virtual time of the request; null outside simulations."]
    cause: Annotated[
        dict[str, str],
        "Why the request was sent: check, or operation with cycle, person, and group. For a client that is judged: the "
        "situation and its base URL.",
    ]
    failure: Annotated[str | None, "Why no response arrived."]
    timed_out: NotRequired[Annotated[bool, "True when no response arrived because the target took too long."]]
    cut: NotRequired[Annotated[list[BodyName], "Names of the bodies that a report shortened."]]


# ── simulate ──


class SimulateSettings(TypedDict):
    """Settings of a simulation."""

    scenario: str
    users: int
    days: int
    idp: Annotated[str, "Provider that is simulated."]
    dialect: Annotated[str, "PATCH dialect of Entra ID."]
    cycle_minutes: int


class SimulateRunEvent(TypedDict):
    """First event of a simulation."""

    event: Literal["run"]
    format: Annotated[int, "Version of the stream format."]
    tool: Literal["simulate"]
    seed: int | None
    target: TargetFacts
    settings: SimulateSettings


class RemarkEvent(TypedDict):
    """A remark about the target, from before the first cycle of a simulation."""

    event: Literal["remark"]
    text: str


class NoticeEvent(TypedDict):
    """A message of the provider to an administrator, about a quarantine."""

    event: Literal["notice"]
    at: Annotated[str, "Virtual time."]
    channel: NoticeChannel
    text: str


class LeftoversEvent(TypedDict):
    """Resources of an earlier run that are still in the target. This run removes only resources that it creates itself."""

    event: Literal["leftovers"]
    users: Annotated[int, "Users of the simulated company."]
    groups: Annotated[int, "Groups of the simulated company."]
    by_entra: Annotated[int, "Number of these users whose externalId has the value that Entra's default mapping sends."]
    names: Annotated[list[str], "The names of the first few resources."]


class SimulateCleanupEvent(TypedDict):
    """The cleanup of a target that the simulation did not start itself."""

    event: Literal["cleanup"]
    removed: Annotated[int, "Number of resources whose deletion the target accepted."]
    left: Annotated[list[str], "Paths of the resources that were not deleted."]
    kept: Annotated[bool, "Whether they remain on purpose: with `--keep`, and after a replay."]
    still_listed: NotRequired[
        Annotated[list[str], "Paths of the resources that the target still shows although it accepted their deletion."]
    ]


class PhaseEvent(TypedDict):
    """A phase of a simulation starts, makes progress, or ends."""

    event: Literal["phase"]
    name: PhaseName
    state: PhaseState
    detail: str


class PersonEvent(TypedDict):
    """A person who appears in the company directory."""

    event: Literal["person"]
    id: Annotated[str, "Object id in the directory."]
    name: str
    user_name: str
    department: str | None
    title: str | None


class ChangeEvent(TypedDict):
    """A scenario event: a change in the directory, of the job, or of the target."""

    event: Literal["change"]
    at: Annotated[str, "Virtual time."]
    kind: ChangeKind
    what: Annotated[str, "What happened, such as `blocked`."]
    person: Annotated[str | None, "Object id of the person."]
    group: Annotated[str | None, "Name of the group."]
    detail: dict[str, Any]


class EntryEvent(TypedDict):
    """One line of the provisioning log: what a cycle did with one user or group."""

    event: Literal["entry"]
    cycle: int
    at: Annotated[str, "Virtual time."]
    kind: EntryKind
    name: str
    person: Annotated[str | None, "Object id of the person."]
    group: Annotated[str | None, "Object id of the group."]
    target_id: Annotated[str, "Id of the resource in the target; empty when unknown."]
    action: Annotated[EntryAction, "What was done; StagedDelete is a deletion that the deletion threshold held back."]
    status: EntryStatus
    error_code: str | None
    reason: str
    tries: Annotated[int, "Number of earlier attempts."]
    next_attempt: Annotated[str | None, "Virtual time of the next attempt after a failure."]
    modified: Annotated[list[list[Any]], "Changed attributes: [name, old value, new value]."]
    steps: Annotated[list[list[Any]], "Steps: [name, kind, status, details]."]
    exchanges: Annotated[list[int], "Numbers of the requests of this entry."]


class CycleEvent(TypedDict):
    """The totals of one provisioning cycle."""

    event: Literal["cycle"]
    number: int
    kind: CycleKind
    at: Annotated[str, "Virtual time at which the cycle started."]
    ended_at: str
    imported: Annotated[int, "Objects read from the directory."]
    exported: Annotated[int, "Objects written to the target."]
    skipped: int
    failed: int
    escrowed: Annotated[int, "Objects waiting for another attempt."]
    staged: Annotated[int, "Deletions that the deletion threshold held back."]
    quarantine: Annotated[str, "Reason of the quarantine; empty when the job is healthy."]
    requests: Annotated[dict[str, int], "Requests by operation."]


class DifferenceFacts(TypedDict):
    """One difference between the directory and the target."""

    kind: DifferenceKind
    person: str
    attribute: str
    expected: str
    found: str
    object_id: NotRequired[Annotated[str, "Object id in the directory."]]
    request: NotRequired[Annotated[str, "Latest request for this object."]]


class DifferenceEvent(DifferenceFacts):
    """A difference between the directory and the target that no earlier comparison of the run found.

    Two differences are the same if all fields except `request` are equal. The `verified` events refer to differences by
    number.
    """

    event: Literal["difference"]
    number: Annotated[int, "Position among the distinct differences of the run, starting at 1."]
    cycle: Annotated[int, "Cycle after which the difference was first found."]
    at: Annotated[str, "Virtual time."]


class SimulateVerifiedEvent(TypedDict):
    """The result of reading the target back after a cycle and comparing it with the directory."""

    event: Literal["verified"]
    cycle: int
    at: Annotated[str, "Virtual time."]
    extent: Annotated[
        ReadBackExtent, "`whole`: all users and groups were read. `touched`: only the resources that the cycle changed."
    ]
    converged: bool
    people: Annotated[int, "Users that were read."]
    groups: Annotated[int, "Groups that were read."]
    differences: Annotated[int, "Number of differences."]
    found: Annotated[list[list[int]], "Numbers of their `difference` events, as ranges: [first, last]."]
    unlisted: Annotated[
        int, "Number of differences without an event, because the run had already listed 100,000 distinct differences."
    ]


class SyncEvent(TypedDict):
    """A sync run of the embedded server, which turns shadow users into accounts."""

    event: Literal["sync"]
    at: Annotated[str, "Virtual time."]
    trigger: str
    kind: str
    created: int
    updated: int
    reactivated: int
    deactivated: int
    unchanged: int
    conflicts: int


class AccountEvent(TypedDict):
    """An account of the embedded server changed."""

    event: Literal["account"]
    at: Annotated[str, "Virtual time of the change."]
    person: Annotated[str | None, "Object id of the person."]
    status: Annotated[str, "active or inactive."]
    access: bool
    access_revoked_at: str | None
    deactivated_at: str | None
    session_ended_at: str | None


class ExpectationEvent(TypedDict):
    """An expectation of the scenario was judged."""

    event: Literal["expectation"]
    at: Annotated[str, "Virtual time at which it was judged."]
    since: Annotated[str, "Virtual time of the scenario event that it belongs to."]
    person: Annotated[str | None, "Object id of the person."]
    text: str
    held: bool
    found: str


class OutagesEvent(TypedDict):
    """The number of requests that the simulated faults of a scenario affected."""

    event: Literal["network_faults"]
    struck: Annotated[dict[str, int], "Requests by kind of fault."]


class JobEvent(TypedDict):
    """The status of the provisioning job at the end, in the format of Microsoft Graph's `synchronizationJob`."""

    event: Literal["job"]
    id: str
    schedule: dict[str, Any]
    status: Annotated[dict[str, Any], "Graph's `synchronizationStatus`."]


class SimulateSummary(TypedDict):
    """The totals of a simulation."""

    people: int
    groups: int
    requests: int
    requests_by_operation: dict[str, int]
    joiners: int
    movers: int
    leavers: int
    group_changes: int
    cycles: int
    cycles_converged: int
    read_backs: Annotated[int, "Number of comparisons of the whole target."]
    partial_read_backs: Annotated[int, "Number of comparisons of only the resources that a cycle changed."]
    differences: Annotated[
        int, "Differences in all comparisons; a difference counts once in each comparison that finds it."
    ]
    distinct_differences: NotRequired[Annotated[int, "Differences, each counted once."]]
    leavers_still_active: NotRequired[
        Annotated[
            int | None,
            "Users who should be inactive or deleted but were active in the target in the last comparison. Null if users "
            "could not be read.",
        ]
    ]
    failed: int
    expectations: int
    expectations_held: int
    judge: Annotated[JudgedMoment, "When the target must match the directory."]
    equal_at_the_end: bool
    stopped: Annotated[str, "Why the job stopped before the end of the scenario; empty otherwise."]
    requests_hash: Annotated[str, "Hash of all requests. Runs with the same seed and settings have the same hash."]
    wall_seconds: float
    sync: Annotated[dict[str, int], "Totals of the embedded server's syncs."]
    converged: bool
    left: NotRequired[Annotated[int, "Number of resources that could not be removed from the target."]]
    still_listed: NotRequired[
        Annotated[int, "Number of resources that the target still shows although it accepted their deletion."]
    ]


class SimulateEndEvent(TypedDict):
    """Last event of a simulation."""

    event: Literal["end"]
    verdict: Annotated[str, "The result in one sentence."]
    exit_code: int
    summary: SimulateSummary


SimulateEvent = (
    SimulateRunEvent
    | RemarkEvent
    | NoticeEvent
    | LeftoversEvent
    | PhaseEvent
    | PersonEvent
    | ChangeEvent
    | ExchangeEvent
    | EntryEvent
    | CycleEvent
    | DifferenceEvent
    | SimulateVerifiedEvent
    | SyncEvent
    | AccountEvent
    | ExpectationEvent
    | OutagesEvent
    | JobEvent
    | SimulateCleanupEvent
    | SimulateEndEvent
)


# ── check ──


class CheckSettings(TypedDict):
    """Settings of a conformance run."""

    profiles: list[str]
    expression: Annotated[str, "The `-k` expression that selects checks; empty for all checks."]
    level: Annotated[Literal["must", "should"], "With `should`, a warning counts as a failure."]
    fuzz: Annotated[bool, "Whether generated requests are sent."]
    read_only: bool
    parallel: Annotated[int, "Number of checks that run at the same time."]
    insecure: Annotated[bool, "Whether verification of the target's certificate is turned off."]
    resource_types: Annotated[list[str], "The resource types to check; empty for all."]
    client: NotRequired[
        Annotated[
            str,
            "The end of the command that judged a client: options such as `--timeout 300`, then `-- COMMAND` or nothing, "
            "or `--tape FILE`. Absent when a server was checked.",
        ]
    ]


class CheckRunEvent(TypedDict):
    """First event of a conformance run."""

    event: Literal["run"]
    format: Annotated[int, "Version of the stream format."]
    tool: Literal["check"]
    seed: int | None
    version: str
    target: TargetFacts
    settings: CheckSettings


class PreflightEvent(TypedDict):
    """One probe before the first check."""

    event: Literal["preflight"]
    probe: ProbeName
    ok: bool
    sentence: Annotated[str, "What was found."]
    advice: Annotated[str, "What to do; empty when the probe succeeded."]


class PlanEvent(TypedDict):
    """The number of checks that the run executes."""

    event: Literal["plan"]
    checks: int


class RemarkFacts(TypedDict):
    """An additional finding of a check, besides the one that determined the verdict."""

    verdict: VerdictName
    message: str
    expected: str
    got: str


class CheckResultEvent(TypedDict):
    """The verdict of one check."""

    event: Literal["check"]
    id: Annotated[str, "Stable id, `file::name`."]
    name: Annotated[str, "Function name, followed by the case in brackets."]
    function: str
    file: Annotated[str, "Path under `conformance/checks`; `fuzz` for generated requests."]
    profile: Annotated[str, "Profile to which the requirements belong, such as `rfc`."]
    document: Annotated[str, "Document of the requirement, such as `RFC7644`."]
    section: Annotated[str, "Section of the document; empty for generated requests."]
    requirements: Annotated[list[str], "Ids of the requirements; `scimulator explain ID` shows them."]
    title: str
    verdict: VerdictName
    level: Annotated[
        FailureLevel | None,
        "Kind of failure or warning: `lie` (the server reported success, but its state is wrong), `refusal` (it rejected a "
        "correct request), or `cosmetic`. Null for other verdicts.",
    ]
    message: str
    expected: str
    got: str
    consequence: Annotated[str, "The impact of a failure on users."]
    fix: Annotated[str, "The usual fix."]
    exchanges: Annotated[list[int], "Numbers of the requests of this check."]
    duration_ms: float
    attempts: Annotated[
        int,
        "Number of runs of this check. A check that got no response, or failed in parallel with others, runs again.",
    ]
    remarks: list[RemarkFacts]
    traceback: Annotated[str, "Traceback if the check itself raised an exception; otherwise empty."]
    waiver: Annotated[str, "Why the failure is waived; empty for other verdicts."]
    wire: NotRequired[Annotated[str, "Summary of the check's requests. Only in a trimmed stream."]]
    about: NotRequired[Annotated[str, "Kind of request. Only in a trimmed stream."]]
    crowd: NotRequired[Annotated[Literal[True], "Present when the check needs the crowd."]]
    situation: NotRequired[Annotated[str, "Situation of `check-client` in which the finding was made."]]
    root: NotRequired[Annotated[str, "Root cause of the finding and its subject. Only in a trimmed stream."]]


class ProvisionalEvent(TypedDict):
    """The preliminary result of a check that failed in parallel with others. A rerun alone gives its `check` event."""

    event: Literal["provisional"]
    check: CheckResultEvent


class NetworkFaultsEvent(TypedDict):
    """Throttling and network faults during a conformance run."""

    event: Literal["network_faults"]
    throttled: Annotated[int, "Responses with status 429."]
    retried: Annotated[int, "Reads that were sent again because no response arrived."]
    no_answers: Annotated[int, "Requests without a response."]


class CheckCrowdEvent(TypedDict):
    """The crowd of a conformance run: users and groups that checks of large data sets share."""

    event: Literal["crowd"]
    state: CrowdState
    users: Annotated[int, "Number of its users."]
    groups: Annotated[int, "Number of its groups: one with all users as members, and small ones."]
    left: Annotated[int, "Resources that have not been removed yet or could not be removed."]
    by: Annotated[
        Literal["bulk", "requests"], "How the resources were created: with Bulk requests, or with one request each."
    ]
    seconds: Annotated[float, "Wall-clock duration in seconds."]
    reason: Annotated[str, "Why the run has no crowd; otherwise empty."]


class CheckCleanupEvent(TypedDict):
    """Resources that remain in the target after a conformance run."""

    event: Literal["cleanup"]
    left: Annotated[list[str], "Paths of the remaining resources."]
    unverified: NotRequired[
        Annotated[list[str], "Endpoints at which the run could not verify whether resources remain, with the reason."]
    ]


class TrimmedEvent(TypedDict):
    """How far an HTML report shortened the stream that it embeds."""

    event: Literal["trimmed"]
    exchanges: Annotated[int, "Number of requests in the run."]
    kept: Annotated[int, "Number of requests in the report."]
    began_at: NotRequired[Annotated[str, "Wall-clock time of the first request. Absent when there was none."]]
    ended_at: NotRequired[Annotated[str, "Wall-clock time of the last request. Absent when there was none."]]


class CheckSummary(TypedDict):
    """The totals of a conformance run."""

    verdicts: NotRequired[Annotated[dict[str, int], "Checks by verdict. Absent when the preflight failed."]]
    left: NotRequired[Annotated[int, "Resources that could not be removed. Absent when the preflight failed."]]
    wall_seconds: NotRequired[
        Annotated[float, "Wall-clock duration of the run in seconds. Absent when it was stopped."]
    ]


class CheckEndEvent(TypedDict):
    """Last event of a conformance run."""

    event: Literal["end"]
    verdict: Annotated[str, "The result in one sentence."]
    exit_code: int
    summary: CheckSummary


CheckEvent = (
    CheckRunEvent
    | PreflightEvent
    | PlanEvent
    | ExchangeEvent
    | CheckResultEvent
    | ProvisionalEvent
    | NetworkFaultsEvent
    | CheckCrowdEvent
    | CheckCleanupEvent
    | TrimmedEvent
    | CheckEndEvent
)

# ── load ──


class LoadSettings(TypedDict):
    """Settings of a load test."""

    scenario: str
    users: int
    concurrency: Annotated[int, "Number of concurrent requests."]
    workers: Annotated[int, "Number of processes that send requests."]
    rate: Annotated[float, "Requested arrivals per second; 0 for a closed loop."]
    seconds: float
    warm_up: Annotated[float, "Seconds at the start that are not measured."]
    tenants: NotRequired[int]


class LoadRunEvent(TypedDict):
    """First event of a load test."""

    event: Literal["run"]
    format: Annotated[int, "Version of the stream format."]
    tool: Literal["load"]
    seed: int | None
    target: TargetFacts
    settings: LoadSettings


class OperationEvent(TypedDict):
    """Latency and throughput of one operation during the measured time."""

    event: Literal["operation"]
    name: str
    count: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    per_second: float
    spread: Annotated[
        float | None,
        "Variation: half the interquartile range of the medians of ten time slices, as a share of the median.",
    ]


class TenantEvent(TypedDict):
    """The results of one tenant in a load test with several tenants."""

    event: Literal["tenant"]
    name: str
    requests: int
    errors: int
    users_per_second: float


class SlowestEvent(TypedDict):
    """The tenant for which an operation was slowest."""

    event: Literal["slowest"]
    name: Annotated[str, "Operation."]
    tenant: str
    p99_ms: float
    fastest_p99_ms: Annotated[float, "p99 of the fastest tenant."]


class ErrorEvent(TypedDict):
    """The number of failures of one kind."""

    event: Literal["error"]
    name: str
    count: int


class BudgetEvent(TypedDict):
    """One limit of the budget and the measured value."""

    event: Literal["budget"]
    name: Annotated[str, "Description of the limit, or operation and metric."]
    limit: float
    measured: Annotated[float | None, "Null when there is no measurement; the limit then counts as missed."]
    ok: bool
    missed_by: Annotated[float | None, "Difference from the limit, in its unit; null when the limit is met."]


class TimelinePoint(TypedDict):
    """One point of the throughput and latency chart."""

    second: Annotated[int, "Seconds since the start of the measured time."]
    stored: Annotated[int, "Users created so far."]
    per_second: Annotated[float, "Requests per second."]
    errors: int
    p50_ms: float | None
    p99_ms: float | None


class TimelineEvent(TypedDict):
    """Throughput and latency over the run, in at most 120 points."""

    event: Literal["timeline"]
    step_seconds: int
    points: list[TimelinePoint]


class GrowthPoint(TypedDict):
    """Latency at a given number of stored users."""

    stored: int
    p50_ms: float | None
    p99_ms: float | None


class GrowthEvent(TypedDict):
    """Latency of one operation by the number of stored users."""

    event: Literal["growth"]
    name: Annotated[str, "Operation."]
    percent_per_10000: Annotated[
        float | None, "Change of the median per 10,000 additional users, in percent; null for fewer than 2,000 users."
    ]
    points: list[GrowthPoint]


class BaselineSettingsEvent(TypedDict):
    """Settings that differ between this run and the baseline."""

    event: Literal["baseline_settings"]
    differ: list[str]


class BaselineEvent(TypedDict):
    """One operation compared with the baseline. Times are medians."""

    event: Literal["baseline"]
    name: Annotated[str, "Operation."]
    was_ms: Annotated[float, "Median of the earlier runs; 0 when the operation never got a response."]
    now_ms: float | None
    ratio: Annotated[float | None, "now_ms / was_ms; null when there were too few requests for a comparison."]
    low: Annotated[float | None, "Lower bound of the ratio, based on the variation within the runs."]
    high: Annotated[float | None, "Upper bound of the ratio."]
    verdict: Annotated[ComparisonVerdict, "`slower` or `faster` only if the bounds of the ratio exclude 1."]


class StepEvent(TypedDict):
    """One step of a search for the limit: a rate and its results."""

    event: Literal["step"]
    rate: Annotated[float, "Requested arrivals per second."]
    achieved: Annotated[float, "Responses per second."]
    p99_ms: Annotated[float | None, "Highest p99 of all operations."]
    generator_share: Annotated[float, "CPU use of the load generator, as a share of one core."]
    held: Annotated[bool, "Whether the target sustained the rate within the budget."]
    because: Annotated[list[str], "Why the target did not sustain the rate."]


class KneeEvent(TypedDict):
    """The highest rate that the target sustained."""

    event: Literal["knee"]
    rate: Annotated[float | None, "Null when the target sustained no rate."]
    broke_at: Annotated[float | None, "Lowest rate that the target did not sustain; null when it sustained every rate."]
    because: Annotated[list[str], "Why the target did not sustain that rate."]


class LoadVerifiedEvent(TypedDict):
    """The comparison of the target's state after a load test with the state that was sent."""

    event: Literal["verified"]
    cycle: Annotated[int, "Always 1."]
    converged: bool
    people: Annotated[int, "Users that were read."]
    groups: Annotated[int, "Groups that were read."]
    total: Annotated[int, "Number of differences."]
    differences: Annotated[list[DifferenceFacts], "The first 100 differences, ordered by severity."]


class LoadCleanupEvent(TypedDict):
    """The cleanup after a load test."""

    event: Literal["cleanup"]
    removed: int
    total: Annotated[int, "Number of resources that could not be removed."]
    left: Annotated[list[str], "URLs of the first of these resources."]
    still_listed: Annotated[int, "Number of resources that the target still lists although it accepted their deletion."]


class LoadSummary(TypedDict):
    """The totals of a load test."""

    requests: int
    seconds: float
    requests_per_second: float
    users_per_second: Annotated[float | None, "Null for scenarios that create no users while they are measured."]
    pace: Annotated[str, "Description of the throughput, compared with the rates that Entra ID requires."]
    differences: Annotated[int, "Number of differences between the target's state and the state that was sent."]
    throttled: Annotated[int, "Responses with status 429."]
    workers_lost: Annotated[int, "Number of worker processes that ended prematurely."]
    leavers: Annotated[int, "Number of users that were disabled and then observed."]
    leaver_seconds: Annotated[float | None, "Longest time until a leaver was inactive."]
    leavers_still_active: int
    generator_share: Annotated[float, "CPU use of the load generator, as a share of one core."]
    generator_was_the_limit: Annotated[bool, "Whether the generator, not the target, limited the throughput."]


class LoadEndEvent(TypedDict):
    """Last event of a load test."""

    event: Literal["end"]
    verdict: Annotated[str, "The result in one sentence."]
    exit_code: int
    summary: LoadSummary


LoadEvent = (
    LoadRunEvent
    | LeftoversEvent
    | OperationEvent
    | TenantEvent
    | SlowestEvent
    | ErrorEvent
    | BudgetEvent
    | TimelineEvent
    | GrowthEvent
    | BaselineSettingsEvent
    | BaselineEvent
    | StepEvent
    | KneeEvent
    | LoadVerifiedEvent
    | LoadCleanupEvent
    | LoadEndEvent
)


# ── replay ──


class ReplayRunEvent(TypedDict):
    """First event of a replay."""

    event: Literal["run"]
    format: Annotated[int, "Version of the stream format."]
    tool: Literal["replay"]
    seed: int | None
    target: TargetFacts


class DepartureEvent(TypedDict):
    """A semantic difference between a response and the recorded response."""

    event: Literal["departure"]
    number: Annotated[int, "Number of the request."]
    request: str
    place: Annotated[str, "`status`, or a path in the response body."]
    expected: str
    found: str


class ReplaySummary(TypedDict):
    """The totals of a replay."""

    requests: int
    departures: int


class ReplayEndEvent(TypedDict):
    """Last event of a replay."""

    event: Literal["end"]
    verdict: Annotated[str, "The result in one sentence."]
    exit_code: int
    summary: ReplaySummary


ReplayEvent = ReplayRunEvent | ExchangeEvent | DepartureEvent | SimulateCleanupEvent | ReplayEndEvent

Event = SimulateEvent | CheckEvent | LoadEvent | ReplayEvent
