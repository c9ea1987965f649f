"""What a template demands of its parameters' values. CloudFormation refuses a change set that breaks it; moto does not look."""

from __future__ import annotations

import re
from typing import Any


def broken_rule(template: dict[str, Any], given: dict[str, Any]) -> str | None:
    """The first rule that a value breaks, in CloudFormation's words."""
    for name, declared in template.get("Parameters", {}).items():
        value = given.get(name, declared.get("Default"))
        if value is None:
            return f"Parameters: [{name}] must have values"
        broken = _broken(name, declared, str(value))
        if broken is not None:
            return broken
    return None


def _broken(name: str, declared: dict[str, Any], value: str) -> str | None:
    allowed = [str(each) for each in declared.get("AllowedValues", [])]
    for each in value.split(",") if declared["Type"] == "CommaDelimitedList" else [value]:
        if allowed and each not in allowed:
            return f"Parameter '{name}' must be one of AllowedValues"
        if "AllowedPattern" in declared and re.fullmatch(declared["AllowedPattern"], each) is None:
            return f"Parameter '{name}' must match pattern {declared['AllowedPattern']}"
        if not int(declared.get("MinLength", 0)) <= len(each) <= int(declared.get("MaxLength", 4096)):
            return f"Parameter '{name}' must contain between MinLength and MaxLength characters"
    if declared["Type"] == "Number":
        if re.fullmatch(r"-?\d+(\.\d+)?", value) is None:
            return f"Parameter '{name}' must be a number."
        if not float(declared.get("MinValue", "-inf")) <= float(value) <= float(declared.get("MaxValue", "inf")):
            return f"Parameter '{name}' must be a number between MinValue and MaxValue"
    return None
