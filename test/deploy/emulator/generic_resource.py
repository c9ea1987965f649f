"""A resource of a type that the emulator has no model for: it exists, has a name and attributes, and does nothing else.

moto skips such types without a word (alarms, WAF, scaling, ElastiCache, egress rules, ...), so that a template which needs
their attributes cannot be deployed, and a deletion that should show them does not.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.moto_api._internal import mock_random


class GenericResource(CloudFormationModel):
    # moto takes a model's service from the name of its module.
    __module__ = "moto.generic"

    def __init__(self, resource_type: str, name: str, properties: dict[str, Any], account_id: str, region: str):
        self.resource_type = resource_type
        self.name = name
        self.properties = properties
        self.account_id = account_id
        self.region = region

    @property
    def physical_resource_id(self) -> str:
        return self.arn if self.resource_type in IDENTIFIED_BY_ARN else self.name

    @property
    def arn(self) -> str:
        _, service, kind = self.resource_type.split("::")
        return f"arn:aws:{service.lower()}:{self.region}:{self.account_id}:{kind.lower()}/{self.name}"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True

    def get_cfn_attribute(self, attribute: str) -> Any:
        if attribute == "Arn" or attribute.endswith("Arn"):
            return self.arn
        if attribute in ("Port", "PrimaryEndPoint.Port", "ConfigurationEndPoint.Port", "Endpoint.Port"):
            return str(self.properties.get("Port", 6379))
        if attribute.endswith("Address") or attribute.endswith("DomainName"):
            return f"{self.name.lower()}.{self.region}.emulated"
        return f"{self.name}-{attribute}"

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
    ) -> GenericResource:
        properties = cloudformation_json.get("Properties", {})
        name = properties.get("Name") or resource_name or f"{kwargs['LogicalId']}-{mock_random.get_random_hex(8)}"
        return cls(cloudformation_json["Type"], str(name), properties, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: GenericResource,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> GenericResource:
        original_resource.properties = cloudformation_json.get("Properties", {})
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Nothing else knows of it."""


# Types whose `Ref` is an ARN.
IDENTIFIED_BY_ARN = {
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::CertificateManager::Certificate",
    "AWS::ServiceDiscovery::Service",
}
