"""Whether a change of properties makes CloudFormation replace a resource, by the schemas that AWS publishes (cfn-lint has them)."""

from __future__ import annotations

from functools import cache

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError


@cache
def _create_only(resource_type: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    except ResourceNotFoundError:
        return frozenset(), frozenset()
    return _names(schema.get("createOnlyProperties")), _names(schema.get("conditionalCreateOnlyProperties"))


def _names(pointers: list[str] | None) -> frozenset[str]:
    return frozenset(pointer.split("/")[2] for pointer in pointers or [] if pointer.count("/") == 2)


def replacement(resource_type: str, changed: set[str]) -> str:
    """`True`, `Conditional` or `False`, as DescribeChangeSet says it."""
    always, sometimes = _create_only(resource_type)
    return "True" if changed & always else "Conditional" if changed & sometimes else "False"
