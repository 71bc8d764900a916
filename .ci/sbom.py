"""Writes the software bill of materials of a release: CycloneDX 1.6 JSON of what requirements/run.txt pins.

    python .ci/sbom.py dist/scimulator-0.1.0.cdx.json

The same pins give the same file. The hashes of the files of each release are in requirements/run.txt.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.MULTILINE)


def bill_of_materials(project: dict[str, Any], pins: str) -> dict[str, Any]:
    """The bill of a project, given its table in pyproject.toml and the text of its pins."""
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    parts = [_component(*found.groups()) for found in PIN.finditer(pins)]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"{own}\n{pins}")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": own,
            }
        },
        "components": parts,
        "dependencies": [{"ref": own, "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _component(name: str, version: str, marker: str | None) -> dict[str, Any]:
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
    part: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if marker:
        part["properties"] = [{"name": "scimulator:only-if", "value": marker}]
    return part


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bill = bill_of_materials(project, (ROOT / "requirements" / "run.txt").read_text())
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(bill, indent=1) + "\n")


if __name__ == "__main__":
    main()
