"""Writes the synchronization schema of a job as Microsoft Graph defines it. An imported schema is exported unchanged (GRAPH).

The format follows a real export (SignPath/website, docs/assets/MicrosoftEntraIDScimConfiguration.json).
"""

from __future__ import annotations

import copy
import uuid
from typing import Any

from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import Part
from simulator.mapping.scoping_filter import ScopingFilter
from simulator.mapping.synchronization_schema import FLAGS, SynchronizationSchema
from simulator.mapping.target_path import ENTERPRISE_URN, GROUP_URN

SOURCE_DIRECTORY, TARGET_DIRECTORY = "Microsoft Entra ID", "customappsso"
JOB = "scim.scimulator"
_CONTEXT = (
    "https://graph.microsoft.com/beta/$metadata#servicePrincipals('scimulator')/synchronization/jobs('{job}')/schema"
)
_VERSION = "Date:2026-01-01T00:00:00.0000000Z, ActivityId:00000000-0000-4000-8000-000000000001"
_NAMESPACE = uuid.UUID("66e4a8cc-0000-4000-8000-000000000000")
_TARGET_METADATA = {
    "IsSoftDeletionSupported": "false",
    "ConnectorDataStorageRequired": "true",
    "IsSynchronizeAllSupported": "false",
}

# The names of a function's parameters: those of Switch from a real export, the others from FUNC. The last name is used
# for all further arguments. Without an entry, every argument is named source.
_KEYS = {
    "Append": ("source", "suffix"),
    "Coalesce": ("source",),
    "FormatDateTime": ("source", "dateTimeStyles", "inputFormat", "outputFormat"),
    "IIF": ("condition", "valueIfTrue", "valueIfFalse"),
    "InStr": ("value1", "value2", "start", "compareType"),
    "Item": ("attribute", "index"),
    "Join": ("separator", "source"),
    "Left": ("String", "NumChars"),
    "Mid": ("source", "start", "length"),
    "PCase": ("source", "wordSeparators"),
    "Replace": (
        *("source", "oldValue", "regexPattern", "regexGroupName"),
        *("replacementValue", "replacementAttributeName", "template"),
    ),
    "Split": ("source", "delimiter"),
    "Switch": ("source", "defaultValue", "switchValue"),
    "ToLower": ("source", "culture"),
    "ToUpper": ("source", "culture"),
    "Word": ("String", "WordNumber", "Delimiters"),
}


def export_schema(schema: SynchronizationSchema, *, job_id: str = JOB) -> dict[str, Any]:
    """The document that an administrator would download. For an imported schema, this is the imported document."""
    if schema.document is not None:
        return copy.deepcopy(dict(schema.document))
    mappings = [("Group", GROUP_URN, schema.group), ("User", ENTERPRISE_URN, schema.user)]
    context = _CONTEXT.format(job=job_id)
    rule = {
        "containerFilter": None,
        "editable": True,
        "groupFilter": None,
        "id": "03f7d90d-0000-4000-8000-000000000001",
        "name": "USERGROUP_OUTBOUND_USERGROUP",
        "priority": 1,
        "sourceDirectoryName": SOURCE_DIRECTORY,
        "targetDirectoryName": TARGET_DIRECTORY,
        "metadata": _pairs({"supportsProvisionOnDemand": "true"}),
        "objectMappings": [_exported(source, target, mapping) for source, target, mapping in mappings],
    }
    sources = [_definition(source, _source_attributes(mapping), {}) for source, _, mapping in mappings]
    targets = [_definition(target, _target_attributes(mapping), _TARGET_METADATA) for _, target, mapping in mappings]
    directories = [
        {
            "id": str(uuid.uuid5(_NAMESPACE, name)),
            "discoveryDateTime": None,
            "discoverabilities": "AttributeNames,AttributeDataTypes" if name == SOURCE_DIRECTORY else "None",
            "name": name,
            "readOnly": name == SOURCE_DIRECTORY,
            "version": _VERSION,
            "objects": objects,
        }
        for name, objects in ((SOURCE_DIRECTORY, sources), (TARGET_DIRECTORY, targets))
    ]
    return {
        "@odata.context": f"{context}/$entity",
        "id": job_id,
        "version": _VERSION,
        "synchronizationRules": [rule],
        "directories@odata.context": f"{context}/directories",
        "directories": directories,
    }


def _exported(source: str, target: str, mapping: ObjectMapping) -> dict[str, Any]:
    flows = ",".join(flow for flow, flag in FLAGS.items() if getattr(mapping, flag))
    joining = next((row.target for row in mapping.matching), "")
    metadata = {
        "IsCustomerDefined": "false",
        "DisableMonitoringForChanges": "false",
        "Disposition": '"Normal"',
        "ExcludeFromReporting": "false",
        "EscrowBehavior": '"Default"',
        "Unsynchronized": "false",
        "OriginalJoiningProperty": joining,
    }
    return {
        "enabled": mapping.enabled,
        "flowTypes": flows or "None",
        "name": mapping.name or f"Provision Microsoft Entra ID {source}s",
        "scope": _exported_scope(mapping.scope),
        "sourceObjectName": source,
        "targetObjectName": target,
        "attributeMappings": [_exported_row(row) for row in mapping.rows],
        "metadata": _pairs(metadata),
    }


def _exported_row(row: AttributeMapping) -> dict[str, Any]:
    return {
        "defaultValue": row.default,
        "exportMissingReferences": False,
        "flowBehavior": row.flow_behavior.value,
        "flowType": row.flow_type.value,
        "matchingPriority": row.matching_priority,
        "targetAttributeName": row.target,
        "source": None if row.expression is None else _source(row.expression.whole),
    }


def _source(part: Part) -> dict[str, Any]:
    """A part of an expression with its tree of parameters. An omitted argument has no parameter."""
    keys = _KEYS.get(part.name, ("source",))
    parameters = [
        {"key": keys[min(number, len(keys) - 1)], "value": _source(argument)}
        for number, argument in enumerate(part.arguments)
        if argument is not None
    ]
    return {"expression": part.text, "name": part.name, "type": part.kind, "parameters": parameters}


def _exported_scope(scope: ScopingFilter) -> dict[str, Any] | None:
    if not scope.groups:
        return None
    groups = [
        {
            "name": group.title,
            "clauses": [
                {
                    "sourceOperandName": clause.attribute,
                    "operatorName": clause.operator,
                    "targetOperand": {"values": list(clause.values)},
                }
                for clause in group.clauses
            ],
        }
        for group in scope.groups
    ]
    return {"categoryFilterGroups": [], "groups": groups, "inputFilterGroups": []}


def _source_attributes(mapping: ObjectMapping) -> list[dict[str, Any]]:
    names = {name: None for row in mapping.rows if row.expression for name in sorted(row.expression.attributes)}
    return [_attribute(name) for name in names]


def _target_attributes(mapping: ObjectMapping) -> list[dict[str, Any]]:
    return [
        _attribute(row.target)
        | {"type": row.value_type, "multivalued": row.multivalued, "caseExact": row.case_exact}
        | {"required": row.required}
        for row in mapping.rows
    ]


def _attribute(name: str) -> dict[str, Any]:
    return {
        "anchor": False,
        "caseExact": False,
        "defaultValue": None,
        "flowNullValues": False,
        "multivalued": False,
        "mutability": "ReadWrite",
        "name": name,
        "required": False,
        "type": "String",
        "apiExpressions": [],
        "metadata": [],
        "referencedObjects": [],
    }


def _definition(name: str, attributes: list[dict[str, Any]], metadata: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "supportedApis": [name], "attributes": attributes, "metadata": _pairs(metadata)}


def _pairs(metadata: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in metadata.items()]
