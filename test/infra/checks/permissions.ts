/** Who may do what: roles hold what is used and nothing else, and only those meant can take them. */
import { readFileSync } from 'node:fs'
import { infrastructure } from '../template.ts'
import { listOf, propertiesOf, resourcesOf, statementsOf, unmet, type Check, type Stacks } from './check.ts'

/** An action of DynamoDB, on the table or on its indexes: `table GetItem`. */
export const taskRoleActions = (stacks: Stacks): string[] =>
  statementsOf(propertiesOf(stacks, 'ecs-fargate', 'TaskPolicy').PolicyDocument)
    .flatMap(({ Action, Resource }) =>
      listOf(Action).map(
        (action) =>
          `${JSON.stringify(Resource).includes('/index/') ? 'index' : 'table'} ${action.replace('dynamodb:', '')}`,
      ),
    )
    .toSorted()

type Purposes = Readonly<Record<string, readonly { readonly action: string; readonly on: string }[]>>

/** What the storage driver was seen to call while an app verifies its table, and works. It exports and imports with rights of others. */
export function usedActions(): string[] {
  const file = readFileSync(`${infrastructure}dynamodb-actions.json`, 'utf8')
  const { verify = [], work = [] } = JSON.parse(file) as Purposes
  const all = [...verify, ...work].map(({ action, on }) => `${on} ${action.replace('dynamodb:', '')}`)
  return [...new Set(all)].toSorted()
}

/** @param used what the driver was seen to call while an app runs. */
export const taskRoleHoldsWhatIsUsed = (used: readonly string[]): Check => {
  return (stacks) => {
    const held = taskRoleActions(stacks)
    return [
      ...used.filter((each) => !held.includes(each)).map((each) => `tasks may not use ${each}, and do`),
      ...held.filter((each) => !used.includes(each)).map((each) => `tasks may use ${each}, and never do`),
    ]
  }
}

export const rolesAreNarrow: Check = (stacks) => {
  const execution = statementsOf(propertiesOf(stacks, 'ecs-fargate', 'ExecutionPolicy').PolicyDocument)
  const task = statementsOf(propertiesOf(stacks, 'ecs-fargate', 'TaskPolicy').PolicyDocument)
  const open = execution.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => listOf(Action))
  return unmet({
    'starting a task needs no more than to sign in to the registry on everything':
      open.length === 1 && open[0] === 'ecr:GetAuthorizationToken',
    'the app has no right on everything': task.every(({ Resource }) => !listOf(Resource).includes('*')),
    'the app cannot scan, and cannot change the table': taskRoleActions(stacks).every(
      (each) => !/Scan|Create|UpdateT|DeleteT|Tag|Backup|\*/.test(each.replace('DescribeTimeToLive', '')),
    ),
    'no policy names an action by a lone star': resourcesOf(stacks, 'AWS::IAM::ManagedPolicy').every(
      ({ properties }) =>
        statementsOf(properties.PolicyDocument).every(({ Action }) =>
          listOf(Action).every((action) => !/^(\*|[a-z0-9-]+:\*)$/.test(action)),
        ),
    ),
  })
}

/** A service that is asked by a stranger to use our role must refuse ("confused deputy"). */
export const rolesAreTakenByThoseMeant: Check = (stacks) =>
  resourcesOf(stacks, 'AWS::IAM::Role').flatMap(({ template, name, properties }) =>
    statementsOf(properties.AssumeRolePolicyDocument).flatMap(({ Principal, Condition }) => {
      const isService = JSON.stringify(Principal).includes('"Service"')
      const condition = JSON.stringify(Condition ?? {})
      return unmet({
        [`${template}.${name} is taken only for this account`]:
          !isService || condition.includes('aws:SourceAccount'),
        [`${template}.${name} is taken by one repository and environment only`]:
          isService ||
          /"token\.actions\.githubusercontent\.com:sub":"repo:[^"*]+:environment:[^"*]+"/.test(condition),
      })
    }),
  )
