"""The organization: departments with job titles, sites with addresses, and the reporting structure."""

from __future__ import annotations

from typing import NamedTuple


class Site(NamedTuple):
    """An office."""

    name: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str
    phone_prefix: str


DEPARTMENTS: dict[str, tuple[str, ...]] = {
    "Engineering": ("Software Engineer", "Senior Engineer", "Test Engineer", "Site Reliability Engineer", "Architect"),
    "Sales": ("Account Executive", "Sales Engineer", "Business Developer", "Key Account Manager"),
    "Support": ("Support Agent", "Support Engineer", "Customer Success Manager"),
    "Operations": ("Operations Analyst", "Logistics Planner", "Facility Coordinator"),
    "Finance": ("Accountant", "Controller", "Payroll Specialist", "Analyst"),
    "Marketing": ("Content Editor", "Campaign Planner", "Designer", "Event Planner"),
    "Human Resources": ("Recruiter", "People Partner", "Learning Designer"),
    "Legal": ("Counsel", "Contract Specialist", "Privacy Officer"),
    "Product": ("Product Owner", "Researcher", "Product Designer"),
    "IT": ("Administrator", "Security Analyst", "Identity Engineer"),
}

SITES: tuple[Site, ...] = (
    Site("Oslo", "Karl Johans gate 12", "Oslo", "Oslo", "0154", "NO", "+47 22 00"),
    Site("Kraków", "ulica Długa 7", "Kraków", "Małopolskie", "31-147", "PL", "+48 12 200"),
    Site("München", "Sendlinger Straße 21", "München", "Bayern", "80331", "DE", "+49 89 200"),
    Site("Boston", "48 Summer Street", "Boston", "MA", "02110", "US", "+1 617 555"),
    Site("São Paulo", "Rua Augusta 1500", "São Paulo", "SP", "01304-001", "BR", "+55 11 3000"),
    Site("Tōkyō", "Marunouchi 1-9-2", "Tōkyō", "Tōkyō-to", "100-0005", "JP", "+81 3 5000"),
)

SPAN = 8  # direct reports per manager


def manager_of(index: int) -> int | None:
    """The number of a person's manager, which is smaller than the person's own. The head of the company has none."""
    return None if index == 0 else (index - 1) // SPAN
