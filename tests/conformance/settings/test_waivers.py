"""Waivers and settings in `scimulator.toml`: what is excused, what is rejected and in which line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.settings.waivers import Config, ConfigError, Waiver, apply, load_config, unused
from tests.conformance.made_up_runs import check

GOOD = """\
[target]
url = "https://host/scim/v2/"
timeout = 10
profiles = ["rfc", "entra"]
resource_types = ["User"]
headers = {X-Tenant = "${TENANT}", X-Api-Key = "${KEY}"}
insecure = true
level = "should"

[[waiver]]
requirement = "RFC7644-3.5.2.2-04"
reason = "fixed in January"
until = 2027-01-31

[[waiver]]
check = "test_x"
reason = "never"
"""


NOV = date(2026, 11, 25)


def config(tmp_path: Path, text: str, **environment: str) -> Config:
    path = tmp_path / "scimulator.toml"
    path.write_text(text)
    return load_config(path, environment)


def test_a_file_gives_waivers_and_the_settings_of_the_target(tmp_path: Path) -> None:
    found = config(tmp_path, GOOD, TENANT="acme", KEY="k")
    assert found.options == {
        "url": "https://host/scim/v2",
        "timeout": 10.0,
        "profiles": ("rfc", "entra"),
        "resource_types": ("User",),
        "headers": ("X-Tenant: acme", "X-Api-Key: k"),
        "insecure": True,
        "level": "should",
    }
    assert found.waivers[0] == Waiver("RFC7644-3.5.2.2-04", "", "fixed in January", date(2027, 1, 31))
    assert found.waivers[1] == Waiver("", "test_x", "never", None)


def test_only_what_is_given_becomes_an_option(tmp_path: Path) -> None:
    assert config(tmp_path, "").options == {}
    assert Config().options == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[target]\nurl = 3", "2: url: expected a non-empty string, got 3"),
        ('[target]\nurl = "host"', '2: url: expected http://host/path or https://host/path, got "host"'),
        ('[target]\n\nurl = "https://u:p@host/"', "3: url: a password must not be in a file"),
        ('[target]\nurl = "${NOT_SET}"', "2: url: ${NOT_SET} is not set in the environment"),
        (
            '[target]\ntoken = "abc"',
            "2: token: must not be in a file; use the environment instead: export SCIM_TOKEN",
        ),
        ('[target]\nbearer_token = "abc"', "2: bearer_token: must not be in a file"),
        ('[target]\ntimeout = "soon"', '2: timeout: expected a number of seconds above 0, got "soon"'),
        ("[target]\ntimeout = 0", "2: timeout: expected a number of seconds above 0, got 0"),
        ("[target]\ntimeout = true", "2: timeout: expected a number of seconds above 0"),
        ("[target]\ntiemout = 3", "2: tiemout: unknown; did you mean timeout?"),
        ('[target]\ninsecure = "yes"', '2: insecure: expected true or false, got "yes"'),
        ('[target]\nlevel = "may"', '2: level: expected must or should, got "may"'),
        ('[target]\nprofiles = "rfc"', '2: profiles: expected a list like ["User"], got "rfc"'),
        ('[target]\nprofiles = ["rcf"]', "2: profiles: expected profiles among rfc,"),
        ("[target]\nresource_types = []", "2: resource_types: expected a list"),
        ('[target]\nheaders = {Authorization = "${T}"}', "2: headers: Authorization must not be in a file"),
        ('[target]\nheaders = {X-Api-Key = "abc"}', "2: headers: X-Api-Key is a secret"),
        ('[target]\nheaders = {X-Y = "Bearer abc"}', "2: headers: X-Y is a secret"),
        (
            '[target]\nheaders = {X-Y = "a\\nX-Z: b"}',
            "2: headers: expected a header name and a value without line breaks",
        ),
        ("target = 3", "1: target: expected a table"),
        ("[taget]\n", "1: taget: unknown; did you mean target?"),
        ("[waiver]\nreason = 'x'", "1: waiver: expected tables that each begin with [[waiver]]"),
        ("\n[[waiver]]\nreason = 'x'", "2: waiver: expected a requirement or a check"),
        (
            "[[waiver]]\ncheck = 'a'\nrequirement = 'RFC7644-3.3-01'\nreason = 'x'",
            "1: waiver: expected a requirement or a check, not both",
        ),
        ("[[waiver]]\nrequirement = 'RFC7644-3.3-01'", "1: reason: missing; give a reason for the waiver"),
        ("[[waiver]]\nreason = ''\ncheck = 'x'", '2: reason: expected a non-empty string, got ""'),
        (
            "[[waiver]]\ncheck = 'x'\nreason = 'x'\nuntil = 'soon'",
            '4: until: expected a date like 2027-01-31, got "soon"',
        ),
        ("[[waiver]]\ncheck = 'x'\nreason = 'x'\nuntil = 2027-01-31T10:00:00", "4: until: expected a date"),
        (
            "[[waiver]]\ncheck='a'\nreason='x'\n[[waiver]]\nrequirement = 'RFC7644-3.3-1'\nreason='x'",
            '5: requirement: unknown requirement "RFC7644-3.3-1"; did you mean RFC7644-3.3-',
        ),
        ("[[waiver]]\ncheck='a'\nreason='''\nuntil = 3\n'''\nuntil = 3", "6: until: expected a date"),
        ("[target]\nurl = ", "2: not TOML: "),
        ("[target", "1: not TOML: "),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config(tmp_path, text, T="t")
    words = str(refused.value)
    assert f"scimulator.toml:{told}" in words
    assert "\n" not in words
    assert "abc" not in words, "a secret must not be told again"


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe4\n")
    with pytest.raises(ConfigError, match="expected UTF-8"):
        load_config(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("FAIL", "WAIVED"),
        ("WARN", "WAIVED"),
        ("UNDECIDED", "UNDECIDED"),
        ("PASS", "PASS"),
        ("NOT OFFERED", "NOT OFFERED"),
    ],
)
def test_a_waiver_excuses_what_failed_and_nothing_else(verdict: str, expected: str) -> None:
    waiver = Waiver("RFC7644-3.5.2.2-04", "", "known", NOV)
    assert apply([waiver], check("test_x", verdict), NOV)["verdict"] == expected


@pytest.mark.parametrize("name", ["test_x", "test_x[case]", "rfc7644/test_3_5_2_2_x::test_x[case]"])
def test_a_check_is_meant_by_function_name_or_id(name: str) -> None:
    found = apply([Waiver("", name, "known", None)], check("test_x[case]", "FAIL"), NOV)
    assert (found["verdict"], found["waiver"]) == ("WAIVED", "known")


def test_another_check_is_not_meant() -> None:
    event = check("test_xy", "FAIL")
    assert (
        apply([Waiver("", "test_x", "known", None), Waiver("RFC7644-3.3-01", "", "known", None)], event, NOV) is event
    )


def test_an_expired_waiver_excuses_nothing_and_is_reported() -> None:
    waiver = Waiver("", "test_x", "known", date(2026, 11, 24))
    found = apply([waiver], check("test_x", "FAIL"), NOV)
    assert found["verdict"] == "FAIL"
    assert found["remarks"][0]["message"] == "the waiver of this check expired on 2026-11-24 (known)"
    assert apply([waiver], check("test_x", "FAIL"), date(2026, 11, 24))["verdict"] == "WAIVED"


def test_a_waiver_that_excuses_nothing_is_found() -> None:
    waivers = [Waiver("", "test_x", "known", None), Waiver("", "test_y", "known", None)]
    assert unused(waivers, [check("test_x", "WAIVED"), check("test_y")]) == [waivers[1]]


def test_the_configuration_waives_by_its_own_day() -> None:
    waiver = Waiver("", "test_x", "known", NOV)
    assert Config((waiver,), today=NOV).waive(check("test_x", "FAIL"))["verdict"] == "WAIVED"
    assert Config((waiver,), today=date(2027, 1, 1)).waive(check("test_x", "FAIL"))["verdict"] == "FAIL"
