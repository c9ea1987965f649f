"""CloudFormation as the deploy script meets it, on top of moto's models.

moto's own engine drops outputs of change sets, calls an unchanged deploy an error, knows no replacement, ignores conditions
that change, does not roll back, and skips types that it has no model for. What is here mends that, in this process only.
"""

from __future__ import annotations

import copy
import ipaddress
import itertools
import json
import os
from typing import Any

from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudformation.models import Change, ChangeSet, CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.elbv2.models import FakeLoadBalancer

from generic_resource import GenericResource
from parameter_rules import broken_rule
from replacement import replacement

NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


class PlannedFailure(Exception):
    """A failure that a test asked for."""


def planned_failure(stack_name: str, logical_id: str, properties: dict[str, Any]) -> str | None:
    """Reads the file of planned failures: [{"stack": ..., "resource": ..., "contains": ..., "reason": ...}]."""
    path = os.environ.get("EMULATED_AWS_FAILURES", "")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        rules = json.load(file)
    text = json.dumps(properties, default=str)
    for rule in rules:
        if rule["stack"] == stack_name and rule["resource"] == logical_id and rule.get("contains", "") in text:
            return str(rule["reason"])
    return None


# ── what a template comes to, with its parameters ────────────────────────────────────────────────────────────────────────


def scratch_map(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> ResourceMap:
    """The template's map with the stack's resources in it, to resolve references without making anything."""
    view = ResourceMap(
        stack.stack_id,
        stack.name,
        parameters,
        stack.tags,
        account_id=stack.account_id,
        region_name=stack.region_name,
        template=copy.deepcopy(template),
        cross_stack_resources=stack.cross_stack_resources,
    )
    view.load_mapping()
    view.load_parameters()
    view.load_conditions()
    return view


def effective(view: ResourceMap) -> dict[str, dict[str, Any]]:
    """The resources whose conditions hold."""
    return {
        name: resource
        for name, resource in view._resource_json_map.items()
        if resource.get("Condition") is None or view.lazy_condition_map[resource["Condition"]]
    }


def resolved_properties(view: ResourceMap, resource: dict[str, Any]) -> dict[str, Any]:
    """References to resources stay references, so that two versions of a template can be compared."""
    return _resolve(resource.get("Properties", {}), view)


def _resolve(value: Any, view: ResourceMap) -> Any:
    if isinstance(value, list):
        resolved = [_resolve(item, view) for item in value]
        return [item for item in resolved if item is not None]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        name = value["Ref"]
        return view._parsed_resources[name] if name in view._parsed_resources else {"Ref": name}
    if "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        return _resolve(yes if view.lazy_condition_map[condition] else no, view)
    if "Fn::FindInMap" in value:
        return clean({"Fn::FindInMap": [_resolve(item, view) for item in value["Fn::FindInMap"]]}, view)
    if "Fn::Sub" in value:
        return {"Fn::Sub": _substitute(value["Fn::Sub"], view)}
    resolved_items = {key: _resolve(item, view) for key, item in value.items()}
    return {key: item for key, item in resolved_items.items() if item is not None}


def _substitute(value: Any, view: ResourceMap) -> Any:
    text, mappings = (value, {}) if isinstance(value, str) else (value[0], value[1])
    for name, known in view._parsed_resources.items():
        if isinstance(known, (str, int, float)) and "${" + name + "}" in text:
            text = text.replace("${" + name + "}", str(known))
    return [text, _resolve(mappings, view)] if mappings else text


# ── change sets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


RECREATION = {"True": "Always", "Conditional": "Conditionally", "False": "Never"}


class ResourceChange(Change):
    """With what DescribeChangeSet says of it; the attributes' names are those of the API in snake case."""

    # moto takes a model's service from the name of its module.
    __module__ = "moto.cloudformation.resource_change"

    def __init__(self, action: str, logical_id: str, resource_type: str, physical_id: str | None, changed: set[str]):
        super().__init__(action, logical_id, resource_type)
        self.physical_resource_id = physical_id
        self.scope = ["Properties"] if action == "Modify" else []
        self.replacement = None if action != "Modify" else replacement(resource_type, changed)
        self.details = [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": name,
                    "RequiresRecreation": RECREATION[replacement(resource_type, {name})],
                },
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
            for name in sorted(changed)
        ]


def changes_of(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> list[Change]:
    view = scratch_map(stack, template, parameters)
    new = effective(view)
    deployed: dict[str, dict[str, Any]] = getattr(stack, "deployed", {})
    changes: list[Change] = []
    for name, resource in new.items():
        properties = resolved_properties(view, resource)
        if name not in deployed:
            changes.append(ResourceChange("Add", name, resource["Type"], None, set()))
            continue
        before = deployed[name]["properties"]
        changed = {key for key in {*before, *properties} if before.get(key) != properties.get(key)}
        if changed:
            changes.append(ResourceChange("Modify", name, resource["Type"], physical_id(stack, name), changed))
    for name, known in deployed.items():
        if name not in new:
            changes.append(ResourceChange("Remove", name, known["type"], physical_id(stack, name), set()))
    return _with_dependants(changes, new, deployed, stack)


def _with_dependants(
    changes: list[Change], new: dict[str, dict[str, Any]], deployed: dict[str, Any], stack: Stack
) -> list[Change]:
    """What refers to a resource that is replaced changes as well."""
    replaced = {c.logical_resource_id for c in changes if getattr(c, "replacement", None) == "True"}
    known = {c.logical_resource_id for c in changes}
    for name, resource in new.items():
        if name in known or name not in deployed:
            continue
        if replaced & set(parsing.get_references_from_template(resource.get("Properties", {}))):
            changes.append(ResourceChange("Modify", name, resource["Type"], physical_id(stack, name), set()))
    return changes


def physical_id(stack: Stack, logical_id: str) -> str | None:
    resource = stack.resource_map._parsed_resources.get(logical_id)
    return getattr(resource, "physical_resource_id", None)


def change_set_diff(self: ChangeSet) -> list[Change]:
    return changes_of(self.stack, self.template_dict, self.parameters)


def create_change_set(self: CloudFormationBackend, *args: Any, **kwargs: Any) -> tuple[str, str]:
    stack_name = kwargs["stack_name"]
    existing = next((stack for stack in self.stacks.values() if stack.name == stack_name), None)
    if existing is not None and existing.status.endswith("_IN_PROGRESS") and existing.status != "REVIEW_IN_PROGRESS":
        raise ValidationError(stack_name, f"Stack:{existing.stack_id} is in {existing.status} state and can not be updated.")
    if existing is not None and existing.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
        raise ValidationError(stack_name, f"Stack:{existing.stack_id} is in {existing.status} state and can not be updated.")
    if kwargs["change_set_type"] == "CREATE" and existing is not None:
        if existing.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(stack_name, f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{kwargs['change_set_name']}].")
        # moto would make a second stack of the same name.
        self.stacks.pop(existing.stack_id)
    broken = broken_rule(Stack.parse_template(kwargs["template"]), kwargs["parameters"])
    if broken is not None:
        raise ValidationError(stack_name, broken)
    change_set_id, stack_id = moto_create_change_set(self, *args, **kwargs)
    change_set = self.change_sets[change_set_id]
    if change_set.change_set_type == "UPDATE" and not change_set.changes and not outputs_change(change_set):
        change_set.status, change_set.execution_status, change_set.status_reason = "FAILED", "UNAVAILABLE", NO_CHANGES
    else:
        change_set.status, change_set.execution_status, change_set.status_reason = "CREATE_COMPLETE", "AVAILABLE", None
    return change_set_id, stack_id


def outputs_change(change_set: ChangeSet) -> bool:
    return bool(change_set.stack.template_dict.get("Outputs") != change_set.template_dict.get("Outputs"))


# ── applying one ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def resource_event(stack: Stack, logical_id: str, resource_type: str, status: str, reason: str | None = None) -> None:
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=physical_id(stack, logical_id) or "",
            resource_type=resource_type,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def execute_change_set(self: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    change_set = self.describe_change_set(change_set_name)
    assert change_set is not None
    if change_set.execution_status != "AVAILABLE":
        raise ValidationError(change_set_name, f"ChangeSet [{change_set_name}] cannot be executed in its current status of [{change_set.status}]")
    stack = change_set.stack
    kind = change_set.change_set_type
    before = (stack.template_dict, stack.template, stack.parameters)
    stack.events.append(stack_event(stack, f"{kind}_IN_PROGRESS", "User Initiated"))
    if change_set.tags:
        stack.tags = change_set.tags
    try:
        apply(stack, change_set.template_dict, change_set.parameters)
    except Exception:  # noqa: BLE001 - whatever a model throws is a failed resource
        roll_back(self, stack, kind, before)
    else:
        stack.template, stack.template_dict, stack.parameters = (
            change_set.template,
            change_set.template_dict,
            change_set.parameters,
        )
        finish(stack, f"{kind}_COMPLETE")
    change_set.execution_status = "EXECUTE_COMPLETE"
    for other in [key for key, value in self.change_sets.items() if value.stack is stack]:
        del self.change_sets[other]


def stack_event(stack: Stack, status: str, reason: str | None = None) -> Event:
    return Event(stack.stack_id, stack.name, stack.name, stack.stack_id, "AWS::CloudFormation::Stack", status, reason, None)


def finish(stack: Stack, status: str) -> None:
    stack.status = status
    stack.output_map = stack._create_output_map()
    stack.events.append(stack_event(stack, status))


def roll_back(
    backend: CloudFormationBackend, stack: Stack, kind: str, before: tuple[dict[str, Any], Any, dict[str, Any]]
) -> None:
    template, source, parameters = before
    if kind == "CREATE":
        stack.events.append(stack_event(stack, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create"))
        remove(stack, list(getattr(stack, "deployed", {})))
        finish(stack, "ROLLBACK_COMPLETE")
        return
    stack.events.append(stack_event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update"))
    apply(stack, template, parameters, checked=False)
    stack.template_dict, stack.template, stack.parameters = template, source, parameters
    finish(stack, "UPDATE_ROLLBACK_COMPLETE")


def apply(stack: Stack, template: dict[str, Any], parameters: dict[str, Any], checked: bool = True) -> None:
    """Brings the stack's resources to the template. Stops at the first that fails, which has an event of its own."""
    changes = changes_of(stack, template, parameters)
    resource_map = stack.resource_map
    resource_map._template = copy.deepcopy(template)
    resource_map.input_parameters = parameters
    resource_map.resolved_parameters = {}
    resource_map.load_mapping()
    resource_map.load_parameters()
    resource_map.load_conditions()
    new = resource_map._template["Resources"]
    # Resources on their way out are still needed to resolve what refers to them.
    resource_map._resource_json_map = {**getattr(stack, "leaving", {}), **new}
    view = scratch_map(stack, template, parameters)
    deployed: dict[str, Any] = getattr(stack, "deployed", {})
    stack.deployed = deployed  # type: ignore[attr-defined]
    added = [c for c in changes if c.action == "Add"]
    for change in in_order(added, new) + [c for c in changes if c.action == "Modify"]:
        put(stack, change, new[change.logical_resource_id], view, checked)
    resource_map._resource_json_map = new
    remove(stack, [c.logical_resource_id for c in changes if c.action == "Remove"], template)


def in_order(changes: list[Change], resources: dict[str, Any]) -> list[Change]:
    """DependsOn first; what is referred to is made on the way by moto's lazy map."""
    by_name = {change.logical_resource_id: change for change in changes}
    ordered: list[Change] = []

    def visit(name: str) -> None:
        change = by_name.pop(name, None)
        if change is None:
            return
        dependencies = resources[name].get("DependsOn", [])
        for dependency in [dependencies] if isinstance(dependencies, str) else dependencies:
            visit(dependency)
        ordered.append(change)

    for name in list(by_name):
        visit(name)
    return ordered


def put(stack: Stack, change: Change, resource: dict[str, Any], view: ResourceMap, checked: bool) -> None:
    name, verb = change.logical_resource_id, "CREATE" if change.action == "Add" else "UPDATE"
    properties = resolved_properties(view, resource)
    resource_event(stack, name, resource["Type"], f"{verb}_IN_PROGRESS")
    try:
        reason = planned_failure(stack.name, name, properties) if checked else None
        if reason is not None:
            raise PlannedFailure(reason)
        if verb == "CREATE" or name not in stack.resource_map._parsed_resources:
            _ = stack.resource_map[name]
        else:
            update(stack, name, resource, getattr(change, "replacement", None) == "True")
    except Exception as error:
        resource_event(stack, name, resource["Type"], f"{verb}_FAILED", str(error) or repr(error))
        raise
    stack.deployed[name] = {  # type: ignore[attr-defined]
        "type": resource["Type"],
        "properties": properties,
        "retain": retains(resource.get("DeletionPolicy"), view),
    }
    resource_event(stack, name, resource["Type"], f"{verb}_COMPLETE")


def update(stack: Stack, name: str, resource: dict[str, Any], replaced: bool) -> None:
    resource_map = stack.resource_map
    if replaced and resource["Type"] != "AWS::ECS::TaskDefinition":
        del resource_map._parsed_resources[name]
        _ = resource_map[name]
        return
    updated = parsing.parse_and_update_resource(
        name, resource, resource_map, account_id=stack.account_id, region_name=stack.region_name
    )
    # A model without an update keeps what it made; its properties are remembered in `deployed`.
    if updated is not None:
        resource_map._parsed_resources[name] = updated


def retains(policy: Any, view: ResourceMap) -> bool:
    return _resolve(policy, view) in ("Retain", "RetainExceptOnCreate")


def remove(stack: Stack, names: list[str], template: dict[str, Any] | None = None) -> None:
    deployed: dict[str, Any] = getattr(stack, "deployed", {})
    waiting = list(reversed(names))
    # A subnet goes only when nothing stands in it: as long as a round gets on, there is another.
    while waiting:
        left = [name for name in waiting if not remove_one(stack, name, deployed)]
        if len(left) == len(waiting):
            break
        waiting = left
    for name in waiting:
        # The models' own order of deletion is stricter than AWS's in places; what they refuse is taken off the stack.
        deployed.pop(name, None)
        stack.resource_map._parsed_resources.pop(name, None)


def remove_one(stack: Stack, name: str, deployed: dict[str, Any]) -> bool:
    known = deployed.get(name)
    if known is None:
        return True
    resource = stack.resource_map._parsed_resources.get(name)
    try:
        if known["retain"]:
            resource_event(stack, name, known["type"], "DELETE_SKIPPED")
        elif resource is not None:
            stack.resource_map._delete_resource(resource, {"Type": known["type"], "Properties": known["properties"]})
            resource_event(stack, name, known["type"], "DELETE_COMPLETE")
    except Exception:  # noqa: BLE001 - tried again, or given up, by the caller
        return False
    deployed.pop(name)
    stack.resource_map._parsed_resources.pop(name, None)
    return True


# ── deleting a stack ─────────────────────────────────────────────────────────────────────────────────────────────────────


def delete_stack(self: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = next((s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)), None)
    if stack is None:
        return
    if stack.enable_termination_protection:
        raise ValidationError(stack.name, f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    stack.events.append(stack_event(stack, "DELETE_IN_PROGRESS", "User Initiated"))
    for name, known in getattr(stack, "deployed", {}).items():
        reason = deletion_refused(stack, name, known)
        if reason is not None:
            resource_event(stack, name, known["type"], "DELETE_FAILED", reason)
            stack.status = "DELETE_FAILED"
            stack.events.append(stack_event(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{name}]."))
            return
    remove(stack, list(getattr(stack, "deployed", {})))
    stack.status = "DELETE_COMPLETE"
    stack.events.append(stack_event(stack, "DELETE_COMPLETE"))
    self.stacks.pop(stack.stack_id)
    self.deleted_stacks[stack.stack_id] = stack


def deletion_refused(stack: Stack, name: str, known: dict[str, Any]) -> str | None:
    if known["retain"]:
        return None
    if known["type"] == "AWS::DynamoDB::Table" and str(known["properties"].get("DeletionProtectionEnabled")).lower() == "true":
        return "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    balancer = stack.resource_map._parsed_resources.get(name)
    if isinstance(balancer, FakeLoadBalancer) and balancer.attrs["deletion_protection.enabled"] == "true":
        return f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
    return planned_failure(stack.name, name, known["properties"])


def update_termination_protection(self: responses.CloudFormationResponse) -> Any:
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return responses.ActionResult({"StackId": stack.stack_id})


def validate_template(self: CloudFormationBackend, template: str) -> list[Any]:
    """Parses it, as the service does; `cfn-lint` has its own place."""
    parsed = Stack.parse_template(template)
    if not isinstance(parsed, dict) or not parsed.get("Resources"):
        raise ValidationError("template", "Template format error: At least one Resources member must be defined.")
    return []


# ── what moto's parser lacks ─────────────────────────────────────────────────────────────────────────────────────────────


def clean(value: Any, resources: ResourceMap) -> Any:
    """moto's, with Fn::Cidr, and with lists that AWS::NoValue leaves no hole in."""
    if isinstance(value, list):
        return [item for item in (clean(item, resources) for item in value) if item is not None]
    if isinstance(value, dict) and "Fn::Cidr" in value:
        block, count, bits = (moto_clean_json(item, resources) for item in value["Fn::Cidr"])
        subnets = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(subnet) for subnet in itertools.islice(subnets, int(count))]
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return attribute_of(*value["Fn::GetAtt"][:2], resources)
    return moto_clean_json(value, resources)


def attribute_of(logical_id: str, attribute: str, resources: ResourceMap) -> Any:
    """What the model says; a name that tells where it comes from, when the model has no such attribute."""
    resource = resources[logical_id]
    try:
        return resource.get_cfn_attribute(attribute)  # type: ignore[union-attr]
    except (AttributeError, NotImplementedError, UnformattedGetAttTemplateException):
        arn = getattr(resource, "arn", None)
        if attribute.endswith("Arn") and arn is not None:
            return arn
        return f"{getattr(resource, 'physical_resource_id', logical_id)}-{attribute}"


def resource_name(resource_type: str, stack_name: str, logical_id: str) -> str:
    """Repositories have names in small letters."""
    name = moto_resource_name(resource_type, stack_name, logical_id)
    return name.lower() if resource_type == "AWS::ECR::Repository" else name


moto_clean_json = parsing.clean_json
moto_resource_name = parsing.generate_resource_name
moto_create_change_set = CloudFormationBackend.create_change_set
moto_resource_class = parsing.resource_class_from_type


def resource_class_from_type(resource_type: str) -> Any:
    return moto_resource_class(resource_type) or GenericResource


def install() -> None:
    parsing.resource_class_from_type = resource_class_from_type
    parsing.clean_json = clean
    parsing.generate_resource_name = resource_name
    ChangeSet.diff = change_set_diff  # type: ignore[method-assign]
    CloudFormationBackend.create_change_set = create_change_set  # type: ignore[method-assign,assignment]
    CloudFormationBackend.execute_change_set = execute_change_set  # type: ignore[method-assign]
    CloudFormationBackend.delete_stack = delete_stack  # type: ignore[method-assign]
    CloudFormationBackend.validate_template = validate_template  # type: ignore[method-assign]
    responses.CloudFormationResponse.update_termination_protection = update_termination_protection  # type: ignore[attr-defined]
    responses.CloudFormationResponse._validate_different_update = lambda *_: None  # type: ignore[method-assign]
    models.validate_template_cfn_lint = lambda template: []
