"""Names in many languages, and hostile names that occur in real directories and break careless code."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from faker import Faker

# locale → share of the company; with several scripts, name orders, and many letters outside ASCII
LOCALES: dict[str, int] = {
    "en_US": 26,
    "de_DE": 14,
    "fr_FR": 10,
    "pl_PL": 10,
    "es_ES": 10,
    "tr_TR": 6,
    "sv_SE": 6,
    "cs_CZ": 5,
    "el_GR": 4,
    "ja_JP": 4,
    "uk_UA": 3,
    "hi_IN": 2,
}
LANGUAGES = {locale: locale.replace("_", "-") for locale in LOCALES}
POOL = 120  # names of each kind per locale

# (given name, family name): each is valid in SCIM and has caused failures in real systems
HOSTILE: tuple[tuple[str, str], ...] = (
    ("Robert'); DROP TABLE", "Users;--"),
    ('Anna "Ann"', "O'Brien"),
    ("<script>alert(1)</script>", "</script>"),
    ("=cmd|' /C calc'!A0", "+SUM(A1)"),
    ("\u202eلأمان", "\u202bשלום"),
    ("Zoë 👩‍💻", "Ñandú 🦤"),
    ("back\\slash", "per%cent&amp"),
    ("e\u0301 decomposed", "é composed"),
    ("İstanbul", "ıI"),
    ("tab\tand", "new\nline"),
)

_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "AE", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe"}
)
_OTHERS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=64)
def name_pool(locale: str, seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The given names and family names of a locale, determined by the seed."""
    fake = Faker(locale, providers=["faker.providers.person"])  # the others take longer to load than all names
    fake.seed_instance(f"{seed}:{locale}")
    given = tuple(fake.first_name() for _ in range(POOL))
    family = tuple(fake.last_name() for _ in range(POOL))
    return given, family


def ascii_name(name: str) -> str:
    """The ASCII letters and digits of a name in lower case, for user names; empty for other scripts."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return _OTHERS.sub("", plain.lower())
