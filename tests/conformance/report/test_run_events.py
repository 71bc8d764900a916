"""Questions to the events of a run: titles and links of sections."""

from __future__ import annotations

from conformance.report.run_events import link_of, section_title
from conformance.requirements.catalogue import catalogue


def test_sections_of_the_documents_have_titles_and_links() -> None:
    for row in catalogue().values():
        assert link_of(row).startswith("https://")
        if row.counts and not row.rfc.startswith(("IPSIEOLD", "IPSIELEV")):
            assert section_title(row.rfc, row.section), row.id
