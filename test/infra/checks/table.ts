/** The table is the one that the storage driver makes and verifies. */
import { createTableInput, ttlAttribute } from '../../../packages/storage-dynamodb/src/table-shape.ts'
import { propertiesOf, resourcesOf, same, unmet, type Check } from './check.ts'

export const tableIsTheDriversTable: Check = (stacks) => {
  const { TableName: _, ...wanted } = createTableInput('any')
  const found = propertiesOf(stacks, 'dynamodb-table', 'Table')
  return unmet({
    ...Object.fromEntries(
      Object.entries(wanted).map(([key, value]) => [
        `the table's ${key} is the driver's`,
        same(found[key], value),
      ]),
    ),
    'time to live is on, for the attribute that the driver writes': same(found.TimeToLiveSpecification, {
      AttributeName: ttlAttribute,
      Enabled: true,
    }),
    'the table has no name, so that it can be replaced': found.TableName === undefined,
  })
}

export const dataOutlivesItsStack: Check = (stacks) => [
  ...['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Backup::BackupVault'].flatMap((type) =>
    resourcesOf(stacks, type).flatMap(({ name, resource }) =>
      unmet({
        [`${name} stays when its stack is deleted`]: resource.DeletionPolicy === 'RetainExceptOnCreate',
        [`${name} stays when it is replaced`]: resource.UpdateReplacePolicy === 'Retain',
      }),
    ),
  ),
  ...unmet({
    'the secret stays when its stack is deleted':
      stacks.get('foundation')?.Resources['Secret']?.DeletionPolicy === 'RetainExceptOnCreate',
    'the table can be restored to any second': propertiesOf(stacks, 'dynamodb-table', 'Table')
      .PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
  }),
]

export const productionDataIsProtected: Check = (stacks) =>
  unmet({
    'the table refuses to be deleted':
      String(propertiesOf(stacks, 'dynamodb-table', 'Table').DeletionProtectionEnabled) === 'true',
  })
