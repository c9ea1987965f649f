"""What moto's CloudFormation lacks and a deployment, or the app, reads afterwards, so that a generic stand-in would not do."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.elbv2.models import FakeLoadBalancer
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends


class KnownByArn:
    """A resource that lives in a backend of moto's, and that CloudFormation knows by its ARN.

    A mixin: moto finds models among the direct subclasses of CloudFormationModel.
    """

    cloudformation = ""
    """Its type."""
    arn_attribute = "Arn"

    def __init__(self, arn: str):
        self.arn = arn

    @property
    def physical_resource_id(self) -> str:
        return self.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.cloudformation

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == cls.arn_attribute

    def get_cfn_attribute(self, attribute: str) -> str:
        return self.arn

    def is_created(self) -> bool:
        return True

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: KnownByArn, *args: Any, **kwargs: Any) -> KnownByArn:
        # What was put into it since stays.
        return original_resource


class SecretResource(KnownByArn, CloudFormationModel):
    """A secret in moto's Secrets Manager."""

    # moto takes a model's service from the name of its module.
    __module__ = "moto.secretsmanager.resource"
    cloudformation = "AWS::SecretsManager::Secret"
    arn_attribute = "Id"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
    ) -> SecretResource:
        properties = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        backend.create_secret(
            name=resource_name,
            secret_string=properties.get("SecretString"),
            secret_binary=None,
            description=properties.get("Description"),
            tags=None,
            kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(backend.describe_secret(resource_name).arn)

    def delete(self, account_id: str, region_name: str) -> None:
        secretsmanager_backends[account_id][region_name].delete_secret(self.arn, None, True)


class IdentityProvider(KnownByArn, CloudFormationModel):
    """A provider in moto's IAM, which refuses a second one of the same address as AWS does."""

    # moto takes a model's service from the name of its module.
    __module__ = "moto.iam.identity_provider"
    cloudformation = "AWS::IAM::OIDCProvider"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
    ) -> IdentityProvider:
        properties = cloudformation_json["Properties"]
        provider = iam_backends[account_id]["aws"].create_open_id_connect_provider(
            url=properties["Url"],
            thumbprint_list=properties.get("ThumbprintList", ["0" * 40]),
            client_id_list=properties.get("ClientIdList", []),
            tags=[],
        )
        return cls(provider.arn)

    def delete(self, account_id: str, region_name: str) -> None:
        iam_backends[account_id]["aws"].delete_open_id_connect_provider(self.arn)


# moto makes a table without what the app asks of it at start: expiry, and recovery.
_create_table = Table.create_from_cloudformation_json.__func__


def _create_whole_table(
    cls: type[Table], resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
) -> Table:
    table = _create_table(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    properties = cloudformation_json["Properties"]
    backend = dynamodb_backends[account_id][region_name]
    if "TimeToLiveSpecification" in properties:
        backend.update_time_to_live(table.name, properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        backend.update_continuous_backups(table.name, properties["PointInTimeRecoverySpecification"])
    return table


Table.create_from_cloudformation_json = classmethod(_create_whole_table)


# moto makes a balancer without its attributes, protection against deletion among them.
_create_balancer = FakeLoadBalancer.create_from_cloudformation_json.__func__


def _create_whole_balancer(cls: type[FakeLoadBalancer], resource_name: str, cloudformation_json: dict[str, Any], *args: Any, **kwargs: Any) -> FakeLoadBalancer:
    balancer = _create_balancer(cls, resource_name, cloudformation_json, *args, **kwargs)
    for attribute in cloudformation_json["Properties"].get("LoadBalancerAttributes", []):
        balancer.attrs[attribute["Key"]] = str(attribute["Value"])
    return balancer


FakeLoadBalancer.create_from_cloudformation_json = classmethod(_create_whole_balancer)
