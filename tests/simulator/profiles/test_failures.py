"""A failure is reported in the provider's own terms: Entra's error codes appear with Entra alone."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.entra.error_codes import BY_FAULT, BY_STATUS
from simulator.profiles.failures import failure_name, failure_reason
from simulator.profiles.profile import PROFILES, load_profile
from simulator.provisioning.answers import Failed, Fault, expect
from simulator.provisioning.request import Request
from simulator.wire.exchange import Exchange, LocalAnswer
from tests.fake_target import FakeTarget, http
from tests.simulator.engine import Engine

# Fleet's issue 53446 and Okta's support pages "Forest Admin Provisioning Error" and "Perimeter 81 provisioning error"
# show these sentences.
OKTA = [
    (
        "GET",
        401,
        "Automatic provisioning of user Anna Smith to app Scimulator failed: Error while verifying if user "
        "anna@contoso.com exists: Unauthorized. Errors reported by remote server: Invalid SCIM token",
    ),
    (
        "POST",
        422,
        "Automatic provisioning of user Anna Smith to app Scimulator failed: Error while creating user "
        "anna@contoso.com: Unprocessable Entity. Errors reported by remote server: Invalid SCIM token",
    ),
]


@pytest.mark.parametrize(("method", "status", "sentence"), OKTA)
def test_okta_reports_a_failure_in_its_own_sentence(
    target: FakeTarget, method: str, status: int, sentence: str
) -> None:
    engine = Engine(target, idp="okta")
    engine.cycle()  # connects
    engine.person("Anna Smith")
    target.rule = lambda r: http(status, {"detail": "Invalid SCIM token"}) if r.method == method else "well"
    engine.cycle()
    turn = engine.turn("user")
    assert turn.status == "Failure"
    assert turn.reason == sentence
    assert turn.error_code is not None
    assert turn.error_code.startswith(f"{status} ")
    assert turn.steps[-1].details == {"ErrorCode": turn.error_code, "Reason": sentence}


def test_okta_reports_a_rejected_update(target: FakeTarget) -> None:
    engine = Engine(target, idp="okta")
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.directory.update_user(engine.now, anna, jobTitle="Manager")
    target.rule = lambda r: http(400, None) if r.method == "PUT" else "well"
    engine.cycle()
    assert engine.turn("user").reason == (
        "Automatic provisioning of user Anna Smith to app Scimulator failed: Error while trying to push profile "
        "update for anna@contoso.com: Bad Request"
    )


def test_the_same_failure_with_entra_keeps_its_code(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    target.rule = lambda r: http(409, None) if r.method == "POST" else "well"
    engine.cycle()
    assert engine.turn("user").error_code == "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 422, 429, 500, 501, 503, 599])
def test_no_profile_reports_a_code_of_entra(name: str, status: int) -> None:
    codes = {*BY_STATUS.values(), *BY_FAULT.values(), "InternalServerError"}
    failure = failed(LocalAnswer(status))
    assert failure_name(failure) not in codes
    assert failure_name(failure).startswith(str(status))
    reason = failure_reason(load_profile(name), failure, "Anna Smith", "anna@contoso.com")
    assert not any(code in reason for code in codes - {"Unauthorized"})  # which is the HTTP name too


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (LocalAnswer(None, failure="too late", timed_out=True), "Timeout"),
        (LocalAnswer(None, failure="the connection was cut"), "No response"),
        (LocalAnswer(409), "409 Conflict"),
        (LocalAnswer(599), "599"),
    ],
)
def test_a_failure_has_a_name(answer: LocalAnswer, name: str) -> None:
    assert failure_name(failed(answer)) == name


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_a_name(fault: Fault) -> None:
    assert failure_name(Failed(fault, "why"))


def failed(answer: LocalAnswer, operation: str = "create user") -> Failed:
    """What the engine makes of an answer that it does not expect."""
    body: dict[str, Any] = {"userName": "anna@contoso.com"}
    exchange = Exchange.never_sent(Request("POST", "/Users", body, operation), "http://target", answer)
    with pytest.raises(Failed) as caught:
        expect(exchange, 201)
    return caught.value
