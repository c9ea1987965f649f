/** The real deploy.sh with the real aws command line, against an AWS on loopback. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  deployTools,
  imageOf,
  missingTools,
  outputOf,
  policyOf,
  stacksOf,
  startEmulatedAws,
  type EmulatedAws,
} from './emulated-aws.ts'
import { baseImage } from './image/base-image.ts'
import { makeProject, type Project } from './project.ts'
import { startService, type Service } from './stand-in-service.ts'

const missing = missingTools(deployTools)
if (missing.length > 0) process.stderr.write(`deployments are not tested: no ${missing.join(', ')}\n`)

describe.skipIf(missing.length > 0)('deploy.sh', () => {
  let aws: EmulatedAws
  let project: Project
  let service: Service

  beforeAll(async () => {
    baseImage()
    aws = await startEmulatedAws()
    project = makeProject(aws)
    service = await startService()
  })
  afterAll(async () => {
    service.close()
    project.remove()
    await aws.stop()
  })

  /** As an administrator. */
  const deploy = (...args: string[]) => project.deploy(args, { SMOKE_URL: service.url })
  /** As GitHub Actions, once the environment is set up: with what ci.yaml's DeployPolicy allows, and no more. */
  const actions = 'ACTIONS0000000000000'
  const deployStaging = (...args: string[]) =>
    project.deploy(['staging', ...args], { SMOKE_URL: service.url, AWS_ACCESS_KEY_ID: actions })

  const stacks = () => stacksOf(aws)
  const deployedImage = () => imageOf(aws, 'my-app-staging-service')

  it('says what it takes, and exits with 2 when it is not understood', async () => {
    expect(await deploy('--help')).toMatchObject({
      code: 0,
      output: expect.stringContaining('Usage: ./deploy.sh'),
    })
    expect(await deploy()).toMatchObject({ code: 2, output: expect.stringContaining('Which environment?') })
    expect(await deploy('stagign')).toMatchObject({
      code: 2,
      output: expect.stringContaining('There are: dev low-cost production staging'),
    })
    expect(await deploy('staging', '--dryrun')).toMatchObject({
      code: 2,
      output: expect.stringContaining('There is no option "--dryrun".'),
    })
  })

  it('refuses another account, what is not committed and what is not set, all at once, with 3', async () => {
    project.edit('infrastructure/parameters/staging.json', (text) =>
      text.replace('"AllowedAccount": ""', '"AllowedAccount": "999999999999"'),
    )
    project.edit('freeda.config.mjs', (text) =>
      text
        .replace('({ env })', '({ env, secret })')
        .replace("name: 'notes',\n  server", "name: secret('NOTES_NAME'),\n  server"),
    )
    const { code, output } = await deploy('staging')
    expect(code).toBe(3)
    expect(output).toContain('This is account 123456789012, and staging belongs to 999999999999.')
    expect(output).toContain('There are changes that are not committed.')
    expect(output).toContain('The app needs the secret NOTES_NAME in production.')
    expect(output).toContain('→ infrastructure/scripts/setup.sh staging asks for what is missing.')
    expect(stacks()).toEqual([])
    project.edit('infrastructure/parameters/staging.json', (text) => text.replace('999999999999', ''))
    project.commit('A secret')
  })

  it('takes neither a config that cannot be planned nor a Redis that is not there for well', async () => {
    project.edit('freeda.config.mjs', (text) => `${text}\nthrow new Error('not today')\n`)
    expect(await project.script('setup.sh', ['staging', '--yes'])).toMatchObject({
      code: 3,
      output: expect.stringContaining('The config cannot be planned for production.'),
    })
    project.edit('freeda.config.mjs', (text) =>
      text
        .replace("\nthrow new Error('not today')\n", '')
        .replace("name: secret('NOTES_NAME'),", "name: secret('NOTES_NAME'), version: env('REDIS_URL'),"),
    )
    expect(await deploy('staging', '--yes')).toMatchObject({
      code: 3,
      output: expect.stringContaining('→ Set Cache in infrastructure/parameters/staging.json'),
    })
    project.edit('freeda.config.mjs', (text) => text.replace(" version: env('REDIS_URL'),", ''))
  })

  it('sets the environment up once, with secrets that are never printed', async () => {
    const asked = await project.script('setup.sh', ['staging', '--yes'])
    expect(asked).toMatchObject({ code: 3, output: expect.stringContaining('Not set: NOTES_NAME') })
    const set = await project.script('secrets.sh', ['staging', 'set', 'NOTES_NAME'], 'very-secret-name')
    expect(set).toMatchObject({ code: 0, output: expect.stringContaining('The secret holds: NOTES_NAME') })
    const again = await project.script('setup.sh', ['staging', '--yes', '--ci', 'my-team/notes'])
    aws.restrict(actions, policyOf(aws, 'my-app-staging-ci', 'DeployPolicy'))
    expect(again).toMatchObject({
      code: 0,
      output: expect.stringContaining('every secret that the app needs is set'),
    })
    expect([asked, set, again].map(({ output }) => output).join()).not.toContain('very-secret-name')
  })

  it('shows in a dry run what it would do, and leaves nothing behind', async () => {
    const before = stacks()
    const { code, output } = await deployStaging('--dry-run')
    expect(output).toContain('add Repository (AWS::ECR::Repository)')
    expect(output).toContain('would be built and pushed')
    expect(code).toBe(0)
    expect(stacks()).toEqual(before)
  })

  it('asks before it changes something, and takes no answer for a no', async () => {
    const { code, output } = await deployStaging()
    expect(output).toContain('Pass --yes to agree beforehand.')
    expect(code).toBe(7)
  })

  let first: string
  it('deploys everything: image, stacks, smoke test', async () => {
    const { code, output } = await deployStaging('--yes')
    expect(output).toContain('Done.')
    expect(code).toBe(0)
    expect(stacks()).toEqual([
      'my-app-staging-ci CREATE_COMPLETE',
      'my-app-staging-foundation CREATE_COMPLETE',
      'my-app-staging-network CREATE_COMPLETE',
      'my-app-staging-ops CREATE_COMPLETE',
      'my-app-staging-registry CREATE_COMPLETE',
      'my-app-staging-service CREATE_COMPLETE',
      'my-app-staging-table CREATE_COMPLETE',
    ])
    first = deployedImage()
    expect(first).toMatch(/@sha256:[0-9a-f]{64}$/)
    expect(output).not.toContain('very-secret-name')
  })

  it('runs one command in a task of its own, waits for its end, and ends with its code', async () => {
    const stepwise = { model_name: 'ecs::task', transition: { progression: 'manual', times: 1 } }
    await fetch(`${aws.environment['AWS_ENDPOINT_URL']}/moto-api/state-manager/set-transition`, {
      method: 'POST',
      body: JSON.stringify(stepwise),
    })
    const { code, output } = await project.script('run-task.sh', ['staging', 'node', '--version'])
    const [, task] = /task ([0-9a-f-]{36})/.exec(output)!
    const cluster = outputOf(aws, 'my-app-staging-service', 'ClusterName')
    const { tasks } = aws.aws('ecs', 'describe-tasks', '--cluster', cluster, '--tasks', task!) as {
      tasks: { overrides: object; containers: { exitCode: number }[] }[]
    }
    expect(tasks[0]!.overrides).toMatchObject({
      containerOverrides: [{ name: 'app', command: ['node', '--version'] }],
    })
    // Nothing runs in an emulated task: all end with 0.
    expect(code).toBe(tasks[0]!.containers[0]!.exitCode)
  })

  it('asks nobody whether the app is well while no task is wanted', async () => {
    const cluster = outputOf(aws, 'my-app-staging-service', 'ClusterName')
    const name = outputOf(aws, 'my-app-staging-service', 'ServiceName')
    const scale = (tasks: string) =>
      aws.aws('ecs', 'update-service', '--cluster', cluster, '--service', name, '--desired-count', tasks)
    scale('0')
    service.health.ready = 503
    const { code, output } = await deployStaging('--yes')
    expect(output).toContain('No task is wanted')
    expect(code).toBe(0)
    service.health.ready = 200
    scale('2')
  })

  it('finds nothing to do the second time', async () => {
    const { code, output } = await deployStaging('--yes')
    expect(output).toContain('is in the registry already')
    expect(output.match(/nothing to change/g)).toHaveLength(6)
    expect(code).toBe(0)
  })

  it('deploys the image of the next commit, and only that', async () => {
    project.edit('freeda.config.mjs', (text) => `${text}// The next version.\nexport const next = true\n`)
    project.commit('Next')
    const dry = await deployStaging('--dry-run')
    expect(dry.output).toContain('would be built and pushed')
    expect(dry.output).toMatch(/REPLACE TaskDefinition \(AWS::ECS::TaskDefinition\): ContainerDefinitions/)
    expect(dry.code).toBe(0)
    expect(deployedImage()).toBe(first)
    const { code, output } = await deployStaging('--yes')
    expect(output).toMatch(/REPLACE TaskDefinition \(AWS::ECS::TaskDefinition\): ContainerDefinitions/)
    expect(output.match(/nothing to change/g)).toHaveLength(5)
    expect(code).toBe(0)
    expect(deployedImage()).not.toBe(first)
  })

  it('goes back to an earlier commit without building', async () => {
    const { output: tags } = await deployStaging('--rollback', 'no-such-tag', '--yes')
    expect(tags).toContain('There is no image no-such-tag')
  })

  it('names what failed, and why, when an update fails, and what was there before is back', async () => {
    const before = deployedImage()
    project.edit('freeda.config.mjs', (text) => `${text}// Fails.\nexport const fails = true\n`)
    const sha = project.commit('Fails')
    aws.planFailures([
      {
        stack: 'my-app-staging-service',
        resource: 'Service',
        reason:
          'Resource handler returned message: "Error occurred during operation \'ECS Deployment Circuit Breaker was triggered\'."',
      },
    ])
    const { code, output } = await deployStaging('--yes')
    expect(output).toContain('came to UPDATE_ROLLBACK_COMPLETE: Service (AWS::ECS::Service)')
    expect(output).toContain('Circuit Breaker')
    expect(code).toBe(5)
    expect(deployedImage()).toBe(before)

    aws.planFailures([])
    const mended = await deployStaging('--yes')
    expect(mended.code).toBe(0)
    expect(mended.output).toContain(`runs ${sha}`)
  })

  it('puts the image before back when the new one is not well', async () => {
    const before = deployedImage()
    project.edit('freeda.config.mjs', (text) => `${text}// Ill.\nexport const ill = true\n`)
    project.commit('Ill')
    service.health.ready = 503
    const { code, output } = await deployStaging('--yes')
    service.health.ready = 200
    expect(output).toContain('was not well, so the image before is back')
    expect(code).toBe(6)
    expect(deployedImage()).toBe(before)
  })

  it('takes another commit that answers for a failure', async () => {
    service.health.commit = 'something-else'
    const { code } = await deployStaging('--yes')
    service.health.commit = undefined
    expect(code).toBe(6)
  })

  it('refuses to replace or remove the table, with 7, and says how to insist', async () => {
    project.edit('infrastructure/templates/dynamodb-table.yaml', (text) =>
      text.replace('BillingMode: PAY_PER_REQUEST', 'BillingMode: PAY_PER_REQUEST\n      TableName: other'),
    )
    project.commit('A name for the table')
    const dry = await deployStaging('--dry-run')
    expect(dry.output).toContain('REPLACE Table (AWS::DynamoDB::Table): TableName')
    expect(dry.output).toContain('a deployment would stop here')
    const { code, output } = await deployStaging('--yes')
    expect(output).toContain('Table: AWS::DynamoDB::Table would be replaced by an empty one')
    expect(output).toContain('--allow-replacement')
    expect(code).toBe(7)
    project.edit('infrastructure/templates/dynamodb-table.yaml', (text) =>
      text.replace('\n      TableName: other', ''),
    )
    project.commit('No name')
  })

  it('replaces the tasks for new secrets', async () => {
    const set = await project.script('secrets.sh', ['staging', 'generate', 'OTHER'])
    expect(set.output).toContain('The secret holds: NOTES_NAME OTHER')
    const { code, output } = await deployStaging('--refresh-secrets', '--yes')
    expect(output).toContain('the secret holds: NOTES_NAME OTHER')
    expect(code).toBe(0)
  })

  it('removes a first deployment that failed before it tries again', async () => {
    aws.planFailures([{ stack: 'my-app-dev-table', resource: 'Table', reason: 'Too many tables' }])
    await project.script('secrets.sh', ['dev', 'set', 'NOTES_NAME'], 'x')
    await project.script('setup.sh', ['dev', '--yes', '--generate'])
    const failed = await deploy('dev', '--yes')
    expect(failed.output).toContain(
      'came to ROLLBACK_COMPLETE: Table (AWS::DynamoDB::Table): Too many tables',
    )
    expect(failed.code).toBe(5)
    aws.planFailures([])
    const again = await deploy('dev', '--yes')
    expect(again.output).toContain(
      'its first deployment failed and was rolled back; removing what is left of it',
    )
    expect(again.code).toBe(0)
  })

  it('removes an environment, keeps its data, and says what stays', async () => {
    const { code, output } = await deploy('staging', '--destroy', '--yes')
    expect(output).toMatch(
      /What stayed, and goes on costing: table my-app-staging-table-Table-\w+; secret arn:/,
    )
    expect(code).toBe(0)
    expect(stacks().filter((stack) => stack.includes('staging'))).toEqual([
      'my-app-staging-ci CREATE_COMPLETE',
    ])
    expect(await deploy('staging', '--destroy', '--yes')).toMatchObject({
      code: 0,
      output: expect.stringContaining('There is nothing to remove.'),
    })
  })

  it('removes data only when that was asked for in two ways', async () => {
    const refused = await deploy('dev', '--destroy', '--delete-data', '--yes')
    expect(refused).toMatchObject({
      code: 7,
      output: expect.stringContaining('CONFIRM_DELETE_DATA=my-app-dev'),
    })
    const { code, output } = await project.deploy(['dev', '--destroy', '--delete-data', '--yes'], {
      CONFIRM_DELETE_DATA: 'my-app-dev',
    })
    expect(output).toMatch(/table my-app-dev-table-Table-\w+ removed/)
    expect(output).toMatch(/What stayed, and goes on costing: key arn:/)
    expect(code).toBe(0)
    const { TableNames } = aws.aws('dynamodb', 'list-tables') as { TableNames: string[] }
    expect(TableNames.filter((name) => name.includes('-dev-'))).toEqual([])
  })
})
