"""The whole expression language: every documented example (FUNC), the edges, the errors with their columns."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.mapping.expressions.evaluation import IGNORED, Dice, Evaluation, ExpressionError
from simulator.mapping.expressions.functions import FUNCTIONS
from simulator.mapping.expressions.parser import parse_expression

PEOPLE: dict[str, Any] = {
    "userPrincipalName": "John.Doe@contoso.com",
    "mail": "john.doe@contoso.com",
    "givenName": "John",
    "surname": "Doe",
    "state": "QLD",
    "country": "USA",
    "department": "Legal",
    "none": None,
    "empty": "",
    "proxyAddresses": ["a", "b", "a"],
    "IsSoftDeleted": "False",
    "hired": "2012-03-16-07:00",
    "extensionAttribute1": "20150123105347.1Z",
    "extensionAttribute5": "PermissionSetOne, PermissionSetTwo",
    "telephoneNumber": "+91 9998887777",
    "mobile": "+1 (999) 888-7777",
    "AddressLineData": "545 Tremont Street",
    "mailNickname": "john_doe72",
    "objectId": "00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
    "appRoleAssignments": [{"value": "Admin", "displayName": "Administrator"}],
}
ROLE = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "Administrator", "value": "Admin"}
COMPLEX_ROLE = {("displayName" if name == "display" else name): value for name, value in ROLE.items()}
PHONE = r'"\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})"'
NOW = datetime(2021, 8, 25, 17, 41, 18, tzinfo=UTC)


def evaluate(text: str, source: dict[str, Any] | None = None, **options: Any) -> Any:
    evaluation = Evaluation(PEOPLE if source is None else source, NOW, Dice(7), **options)
    return parse_expression(text).evaluate(evaluation)


CASES = [  # (expression, value): documented examples first, edges after them
    ('Append([userPrincipalName], ".test")', "John.Doe@contoso.com.test"),
    ('Append([none], "x")', None),
    ("AppRoleAssignmentsComplex([appRoleAssignments])", [COMPLEX_ROLE]),
    ("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", [ROLE]),
    ("AppRoleAssignmentsComplex([none])", None),
    ("SingleAppRoleAssignment([appRoleAssignments])", "Admin"),
    ("BitAnd(&HF, &HF7)", 7),
    ('BitAnd("12", 10)', 8),
    ("CBool([mail] = [mail])", "True"),
    ('CBool("0")', "False"),
    ("CBool(7)", "True"),
    ('CDate("2020-03-16-07:00")', "3/16/2020 7:00:00 AM"),
    ('CDate("2021-06-30+08:00")', "6/29/2021 4:00:00 PM"),
    ('CDate("2009-06-15T01:45:30-07:00")', "6/15/2009 8:45:30 AM"),
    ('CDate("8/25/2021 5:41:18 PM")', "8/25/2021 5:41:18 PM"),
    ('CDate("2024-02-29")', "2/29/2024 12:00:00 AM"),
    ("Coalesce([none],[userPrincipalName])", "John.Doe@contoso.com"),
    ('Coalesce([none], [missing], "")', ""),
    ("Coalesce([none], [missing])", None),
    ('ConvertToBase64("Hello world!")', "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
    ('ConvertToUTF8Hex("Hello world!")', "48656C6C6F20776F726C6421"),
    ("Count([proxyAddresses])", 3),
    ("Count([none])", 0),
    ("CStr(7)", "7"),
    ('DateAdd("d", 7, CDate([hired]))', "3/23/2012 7:00:00 AM"),
    ('DateAdd("d", -10, CDate([hired]))', "3/6/2012 7:00:00 AM"),
    ('DateAdd("ww", 2, CDate([hired]))', "3/30/2012 7:00:00 AM"),
    ('DateAdd("m", 10, CDate([hired]))', "1/16/2013 7:00:00 AM"),
    ('DateAdd("yyyy", 2, CDate([hired]))', "3/16/2014 7:00:00 AM"),
    ('DateAdd("m", 1, CDate("2023-01-31"))', "2/28/2023 12:00:00 AM"),
    ('DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))', 13),
    ('DateDiff("d", Now(), CDate([hired]))', -3449),
    ('DateDiff("ww", Now(), CDate([hired]))', -493),
    ('DateDiff("m", Now(), CDate([hired]))', -113),
    ('DateDiff("yyyy", Now(), CDate([hired]))', -9),
    ('DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))', 0),
    ('DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))', 24),
    ('DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))', 1440),
    ('DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))', 86400),
    ("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
    ('FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")', "2015-01-23"),
    ('FormatDateTime([hired], ,"yyyy-MM-ddzzz", "dddd, d. MMMM yy")', "Friday, 16. March 12"),
    ('FormatDateTime([hired], "AdjustToUniversal", "yyyy-MM-ddzzz", "HH:mm:ss.fff zzz")', "07:00:00.000 +00:00"),
    ('FormatDateTime("1/2/2026 3:04:05 PM", , "M/d/yyyy h:mm:ss tt", "yyyy\'T\'HHmm K")', "2026T1504 Z"),
    ('FormatDateTime([none], , "yyyy", "yy")', None),
    ("IgnoreFlowIfNullOrEmpty([department])", "Legal"),
    ("IgnoreFlowIfNullOrEmpty([empty])", IGNORED),
    ('IgnoreFlowIfNullOrEmpty(Switch([none], "", "3443", "Dr."))', IGNORED),
    ('IIF([country]="USA",[country],[department])', "USA"),
    ('IIF([country]="USA",IIF([state]="CA","True","False"),"False")', "False"),
    ('IIF([country]="DE","True",IIF([state]="QLD","True","False"))', "True"),
    ('IIF(DateDiff("d", Now(), CDate("2021-08-27")) > 5, "False", "True")', "True"),
    ('IIF(Count([proxyAddresses]) >= 3, "many", "few")', "many"),
    ('IIF([state] <> "QLD", "a", "b")', "b"),
    ('IIF(10 < 9, "a", "b")', "b"),
    ('InStr("The quick brown fox","quick")', 5),
    ('InStr("repEated","e",3,vbBinaryCompare)', 7),
    ('InStr("repEated","e",3,vbTextCompare)', 4),
    ('InStr("abc","z")', 0),
    ("IsNull([none])", "True"),
    ("IsNull([empty])", "False"),
    ("IsNullOrEmpty([empty])", "True"),
    ("IsPresent([mail])", "True"),
    ("IsPresent([empty])", "False"),
    ("IsString([mail])", "True"),
    ("IsString([proxyAddresses])", "False"),
    ("Item([proxyAddresses], 2)", "b"),
    ("Item([proxyAddresses], 9)", None),
    ('Join(", ", "", [surname], [givenName])', "Doe, John"),
    ('Join("-", [proxyAddresses], "c")', "a-b-a-c"),
    ('Join(" ", [none], [empty])', None),
    ('Left("John Doe", 3)', "Joh"),
    ('Left("John Doe", 0)', ""),
    ('Left("John Doe", -1)', "John Doe"),
    ('Left("John", 99)', "John"),
    ("Left([none], 3)", ""),
    ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", "JohDoe"),
    ("Mid([surname], 9, 2)", ""),
    ('NormalizeDiacritics("Zoë")', "Zoe"),
    ('NormalizeDiacritics("Müller Łukasz Øystein Weiß Æsir ıİ")', "Muller Lukasz OEystein Weiss AEsir iI"),
    ('NormalizeDiacritics("ħ 李")', "ħ 李"),
    ('Not("True")', "False"),
    ('Not("anything")', "True"),
    ("Not([none])", "True"),
    ("Now()", "8/25/2021 5:41:18 PM"),
    (
        'NumFromDate(Join("", FormatDateTime("2020-12-31-08:00", ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))',
        "132539615990000000",
    ),
    ('PCase("PABLO GONSALVES (SECOND)")', "Pablo Gonsalves (Second)"),
    ('PCase("PINTO-DE\'SILVA", " \'-")', "Pinto-De'Silva"),
    ('PCase(Join(" ", "GREGORY", "JAMES"))', "Gregory James"),
    ('PCase("D\'ARCY o_neil")', "D'arcy O_Neil"),
    ("Redact([mail])", "john.doe@contoso.com"),
    ("RemoveDuplicates([proxyAddresses])", ["a", "b"]),
    ('Replace("Product Developer","Product Developer", , , "Software Engineer", , )', "Software Engineer"),
    ('Replace("jsmith","<username>", , , , , "<username>@contoso.com")', "jsmith@contoso.com"),
    (f'Replace([telephoneNumber], , {PHONE}, , "${{phoneNumber}}", , )', "9998887777"),
    (r'Replace([mobile], , "[()\\s-]+", , "", , )', "+19998887777"),
    (r'Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )', "888 Tremont Street"),
    ('Replace("jsmith@contoso.com", , "(?<Suffix>@(.)*)", "Suffix", "", , )', "jsmith"),
    (f'Replace([empty], , {PHONE}, "phoneNumber" , , [telephoneNumber], )', "9998887777"),
    (f'Replace([mail], , {PHONE}, "phoneNumber" , , [telephoneNumber], )', "john.doe@contoso.com"),
    (f'Replace([empty], , {PHONE}, "phoneNumber" , , [mail], )', None),
    ('Replace([mailNickname], , "[a-zA-Z_]*", , "", , )', "72"),
    ('Replace([mail], "@contoso.com", , ,"", ,)', "john.doe"),
    ('Replace("aXa", , "x|X", , "$$1", , )', "a$1a"),
    (
        'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))',
        "1000" + re.sub("[A-Z]", "", PEOPLE["objectId"].encode().hex().upper()),
    ),
    ('Split([extensionAttribute5], ",")', ["PermissionSetOne", "PermissionSetTwo"]),
    ('Split([none], ",")', None),
    ('StripSpaces(" a b ")', "ab"),
    (
        'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane")',
        "Australia/Brisbane",
    ),
    ('Switch([state], , "nsw", "x")', None),
    ('Switch([country],[country],"","Other")', "USA"),
    ('Switch([none],[country],"","Other")', "Other"),
    ('Switch([state], "default", "qld", "case matters")', "default"),
    ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', "True"),
    ('Switch(IsPresent([none]), "x", "False", "y")', "y"),
    (
        'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  "John", "Smith"))), "contoso.com"))',
        "john.smith@contoso.com",
    ),
    ('ToUpper("istanbul", "tr-TR")', "İSTANBUL"),
    ('ToLower("ISTANBUL", "en-US")', "istanbul"),
    ('Trim("  a b ")', "a b"),
    ('Word("The quick brown fox",3," ")', "brown"),
    ('Word("This,string!has&many separators",3,",!&#")', "has"),
    ('Word("one", 0, " ")', ""),
    ('Word([none], 1, " ")', ""),
    ('Word("one two", 3, " ")', ""),
    (r'"Company name: \"Contoso\" \\ "', 'Company name: "Contoso" \\ '),
    ("[mail]", "john.doe@contoso.com"),
    # a lone backslash reaches the regular expression, as Microsoft's guides print it; doubled, it is the same
    (r'Replace("+4930123", , "\+(?<isdCode>49|44)(?<rest>\d+)", , "${isdCode}-${rest}", , )', "49-30123"),
    (r'Replace("+4930123", , "\\+(?<isdCode>49|44)(?<rest>\\d+)", , "${isdCode}-${rest}", , )', "49-30123"),
    ("  [ mail ]  ", "john.doe@contoso.com"),
]


@pytest.mark.parametrize(("text", "value"), CASES, ids=[text[:60] for text, _ in CASES])
def test_expression_gives(text: str, value: Any) -> None:
    assert evaluate(text) == value


def test_every_function_has_a_case() -> None:
    named = " ".join(text for text, _ in CASES) + " Guid( RandomString( SelectUniqueValue("
    assert [name for name in FUNCTIONS if f"{name}(" not in named] == []


WRONG = [  # (expression, the whole error): where, and what was expected
    ("Jion([a])", "column 1: unknown function Jion; did you mean Join?"),
    ("join([a])", "column 1: unknown function join; did you mean Join?"),
    ("Join(Frobnicate([a]))", "column 6: unknown function Frobnicate"),
    ('Append([a], "b', 'column 13: this string has no closing "'),
    ("Append([a, 1)", "column 8: expected \"]\" after the attribute's name"),
    ("Append([a])", "column 1: Append: expected 2 arguments, got 1"),
    ('Switch([a], "b", "c")', "column 1: Switch: expected an even number of arguments, because keys and values are pairs, got 3"),
    ('Append([a] "b")', 'column 12: expected "," or ")", got """'),
    ("Not([a]", 'column 8: expected "," or ")", got the end'),
    ("Not([a]) x", "column 10: expected the end of the expression"),
    ('IIF([a]="x" AND [b]="y", "1", "2")', "column 13: Entra ID does not support AND; nest one IIF in another"),
    ("Not(True)", 'column 5: expected [attribute], "text", a number, or a function, got "True"'),
    ("", 'column 1: expected [attribute], "text", a number, or a function, got the end'),
    ("Not([])", "column 5: expected an attribute's name between [ and ]"),
    ('"' + "x" * 10_000 + '"', "the expression has 10002 characters; Entra ID accepts at most 10000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_expression_that_cannot_be_read_is_reported_with_its_column(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(message) + "$"):
        parse_expression(text)


FAILING = [
    ('IIF([none]="","Other",[country])', r"column 1: IIF: \[none\] has no value, which Entra's IIF cannot test"),
    ('IIF(IsNullOrEmpty([empty]),"Other",[country])', "use Switch"),
    ('Append("a", CDate("soon"))', 'column 13: CDate: expected a date such as .* got "soon"'),
    ('CDate("2021-02-30")', "calendar"),
    ('DateAdd("q", 1, Now())', "expected one of the intervals yyyy, m, d, ww, h, n, s"),
    ("Item([proxyAddresses], 0)", "expected an index from 1, got 0"),
    ('Mid([mail], 0, 3)', "expected a start from 1"),
    ('Replace([mail], , "(", , "", , )', "the regular expression"),
    ('Replace([mail], , "(?<a>x)", "b", "", , )', 'the regular expression has no group "b"'),
    ('Replace([mail], "x")', "expected oldValue or regexPattern"),
    (r'Replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", , "^(a|a|aa)+$", , "", , )', "takes longer than 1 s"),
    ("RandomString(300,0,0,0,0)", "at most 256"),
    ("RandomString(3,2,2,0,0)", "expected at least 4 characters"),
    ('SelectUniqueValue("a", "b")', "not for SCIM applications"),
    ('BitAnd("x", 1)', "expected an integer"),
    ('CBool("maybe")', "expected an integer"),
    ('FormatDateTime("2020", "Sometimes", "yyyy", "yy")', 'unknown DateTimeStyles value "Sometimes"'),
    ('Split([mail], "")', "expected a delimiter"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FAILING)
def test_expression_that_cannot_be_evaluated_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        evaluate(text)


def test_random_functions_follow_the_seed_and_the_conditions() -> None:
    text = 'Join(" ", Guid(), RandomString(10,2,2,2,1,"?,"))'
    assert evaluate(text) == evaluate(text)
    guid, made = evaluate(text).split(" ")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", guid)
    assert len(made) == 10
    counts = [sum(map(test, made)) for test in (str.isdigit, str.isupper, str.islower)]
    assert [count >= least for count, least in zip(counts, (2, 2, 1), strict=True)] == [True] * 3
    assert sum(not char.isalnum() for char in made) >= 2
    assert not set(made) & set("?,")


def test_known_defects_can_be_switched() -> None:
    """Quirk 13 (FUNC, Switch, second caution) and quirk 14 (FUNC, IIF, known limitations)."""
    text = 'Switch([companyName], "External", "Company A", "A")'
    source = {"companyName": "Company A", "displayName": "Anna"}
    changed = frozenset({"displayName"})
    assert evaluate(text, source, changed=changed) == "A"
    assert evaluate(text, source, changed=changed, switch_forgets=True) is None
    assert evaluate(text, source, changed=frozenset({"companyName"}), switch_forgets=True) == "A"
    assert evaluate(text, source, changed=None, switch_forgets=True) == "A"
    assert evaluate('IIF([none]="","Other",[country])', iif_needs_values=False) == "Other"


def test_expression_knows_what_it_reads_and_whether_the_log_may_show_it() -> None:
    expression = parse_expression('Join(" ", [givenName], Redact(ToUpper([surname])))')
    assert expression.attributes == {"givenName", "surname"}
    assert expression.is_redacted
    assert not parse_expression("[mail]").is_redacted


@given(st.text(alphabet='[]()",\\ &<>=-_aJoin09Switch', max_size=60))
@example("--0")
@example("²")
def test_any_text_is_read_or_rejected(text: str) -> None:
    try:
        parse_expression(text)
    except ExpressionError as error:
        assert str(error).startswith("column ")
