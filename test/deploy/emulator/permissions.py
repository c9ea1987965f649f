"""What a caller may do. moto lets everybody do everything; a test gives an access key the rights of a policy, and no others.

EMULATED_AWS_POLICIES names a file: {"ACCESS KEY": {"Statement": [...]}}. Of conditions it knows nothing; of resources it knows those
that calls name: stacks, parameters, repositories, services.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

# Whoever is signed in may ask who they are.
FREE = {"sts:GetCallerIdentity"}
PREFIXES = {"elbv2": "elasticloadbalancing"}


class AccessDenied(ServiceException):
    code = "AccessDenied"


def policy_of(access_key: str) -> dict[str, Any] | None:
    path = os.environ.get("EMULATED_AWS_POLICIES", "")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        policy: dict[str, Any] | None = json.load(file).get(access_key)
    return policy


def resources_of(call: BaseResponse, service: str) -> list[str]:
    """The ARNs that a call is about, `*` when it names nothing, none when this does not know them."""
    arn = f"arn:aws:{service}:{call.region}:{call.current_account}:"
    if service == "cloudformation":
        stack = call._get_param("StackName")
        return ["*"] if stack is None else [stack if stack.startswith("arn:") else f"{arn}stack/{stack}/of-it"]
    if service == "ssm":
        names = call._get_param("Names") or [call._get_param("Name")]
        return [f"{arn}parameter{name}" for name in names]
    if service == "ecr":
        repository = call._get_param("repositoryName")
        return ["*"] if repository is None else [f"{arn}repository/{repository}"]
    if service == "ecs" and call._get_param("service") is not None:
        return [f"{arn}service/{call._get_param('cluster')}/{call._get_param('service')}"]
    return []


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def is_allowed(policy: dict[str, Any], action: str, resources: list[str]) -> bool:
    granted = [
        pattern
        for statement in policy["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        for pattern in listed(statement["Resource"])
    ]
    return bool(granted) and all(any(fnmatchcase(each, pattern) for pattern in granted) for each in resources)


moto_call_action = BaseResponse.call_action


def call_action(self: BaseResponse) -> Any:
    policy = policy_of(self.get_access_key())
    service = PREFIXES.get(self.service_name, self.service_name)
    action = f"{service}:{self._get_action()}"
    if policy is None or action in FREE or is_allowed(policy, action, resources_of(self, service)):
        return moto_call_action(self)
    message = f"User: {self.get_access_key()} is not authorized to perform: {action} on resource: {resources_of(self, service)}"
    status, headers, body = self.serialized(ActionResult(AccessDenied(message)))
    headers["status"] = status
    return status, headers, body


def install() -> None:
    BaseResponse.call_action = call_action  # type: ignore[method-assign]
