/** How deploy.sh sees and changes stacks, part by part: no app, no image. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { missingTools, stacksOf, startEmulatedAws, type EmulatedAws } from './emulated-aws.ts'
import { makeInfrastructure } from './project.ts'

const missing = missingTools(['aws', 'jq', 'docker-registry', 'htpasswd'])
if (missing.length > 0) process.stderr.write(`stacks are not tested: no ${missing.join(', ')}\n`)

const nobody = { AWS_ACCESS_KEY_ID: 'NOBODY00000000000000' }

describe.skipIf(missing.length > 0)('stacks', () => {
  let aws: EmulatedAws
  let project: ReturnType<typeof makeInfrastructure>

  beforeAll(async () => {
    aws = await startEmulatedAws()
    project = makeInfrastructure(aws)
    expect(await project.inside('staging', 'deploy_stack foundation')).toMatchObject({ code: 0 })
    aws.restrict(nobody.AWS_ACCESS_KEY_ID, { Statement: [] })
  })
  afterAll(async () => {
    project.remove()
    await aws.stop()
  })

  it('are never taken for missing when AWS does not let them be seen', async () => {
    const scripts = [
      await project.deploy(['staging', '--destroy', '--yes'], nobody),
      await project.deploy(['staging', '--refresh-secrets', '--yes'], nobody),
      await project.shell('infrastructure/scripts/setup.sh staging --yes', nobody),
    ]
    for (const { code, output } of scripts) {
      expect(output).toMatch(/AWS does not say how the stacks stand: .*not authorized.*DescribeStacks/)
      expect(output).not.toContain('Done.')
      expect(code).toBe(3)
    }
    expect(stacksOf(aws)).toEqual(['my-app-staging-foundation CREATE_COMPLETE'])
  })

  it('are not waited for when AWS stops to say how they stand', async () => {
    const { code, output } = await project.inside(
      'staging',
      `AWS_ACCESS_KEY_ID=${nobody.AWS_ACCESS_KEY_ID} await_stack my-app-staging-foundation; echo went on`,
    )
    expect(output).toContain('AWS does not say how my-app-staging-foundation stands')
    expect(output).not.toContain('went on')
    expect(code).toBe(5)
  })

  it('keep what somebody else deployed while a change set was looked at', async () => {
    const { code, output } = await project.inside(
      'dev',
      `note 'A looks at a first deployment'
      make_change_set foundation my-app-dev-foundation a CREATE >/dev/null
      note 'B deploys it'
      aws cloudformation create-change-set --stack-name my-app-dev-foundation --change-set-name b --change-set-type CREATE \
        --template-body file://infrastructure/templates/foundation.yaml --parameters "$(parameters_for foundation)" >/dev/null
      aws cloudformation execute-change-set --stack-name my-app-dev-foundation --change-set-name b
      note 'A says no'
      drop_change_set my-app-dev-foundation a`,
    )
    expect(output).toContain('A says no')
    expect(code).toBe(0)
    expect(stacksOf(aws)).toContain('my-app-dev-foundation CREATE_COMPLETE')
  })

  it('are not left behind empty when there is nobody to ask', async () => {
    const { code, output } = await project.inside('production', 'assume_yes=no; deploy_stack foundation')
    expect(output).toContain('There is nobody to ask. Pass --yes to agree beforehand.')
    expect(output).toContain('my-app-production-foundation was not changed.')
    expect(code).toBe(7)
    expect(stacksOf(aws).filter((stack) => stack.includes('production'))).toEqual([])
  })

  it('are not changed when it cannot be found out what would be lost', async () => {
    const { code, output } = await project.inside('staging', `check_loss 'no JSON' || exit 7`)
    expect(output).toContain('Unknown: it could not be found out what would be lost')
    expect(code).toBe(7)
  })

  it('are not touched in an account that the environment does not belong to', async () => {
    const file = 'infrastructure/parameters/low-cost.json'
    project.edit(file, (text) => text.replace('"AllowedAccount": ""', '"AllowedAccount": "999999999999"'))
    for (const script of [
      'setup.sh',
      'secrets.sh',
      'scale.sh',
      'run-task.sh',
      'restore-table.sh',
      'logs.sh',
    ]) {
      const { code, output } = await project.script(script, ['low-cost', 'list'])
      expect(output, script).toContain('This is account 123456789012, and low-cost belongs to 999999999999.')
      expect(code, script).toBe(3)
    }
  })

  it('for GitHub share the one identity provider that an account can have', async () => {
    const setUp = (environment: string) =>
      project.script('setup.sh', [environment, '--yes', '--generate', '--ci', 'my-team/tickets'])
    const first = await setUp('dev')
    expect(first.output).toContain('add Provider (AWS::IAM::OIDCProvider)')
    expect(first.code).toBe(0)
    const second = await setUp('staging')
    expect(second.output).not.toContain('AWS::IAM::OIDCProvider')
    expect(second.code).toBe(0)
    const again = await setUp('dev')
    expect(again.output).not.toContain('Provider (')
    expect(again.code).toBe(0)
    const { OpenIDConnectProviderList } = aws.aws('iam', 'list-open-id-connect-providers') as {
      OpenIDConnectProviderList: readonly unknown[]
    }
    expect(OpenIDConnectProviderList).toHaveLength(1)
  })

  it('go although their load balancer is protected against deletion', async () => {
    project.edit('infrastructure/parameters/staging.json', (text) =>
      text.replace('"Backup": "off"', '"Backup": "on"'),
    )
    const deployed = await project.inside(
      'staging',
      `deploy_stack registry
      deploy_stack network
      deploy_stack dynamodb-table
      deploy_stack ecs-fargate ImageUri=example.com/app@sha256:$(printf '0%.0s' {1..64}) GitSha=0123456789ab`,
    )
    expect(deployed).toMatchObject({ code: 0, output: expect.stringContaining('add LoadBalancer') })
    const protectedYet = await project.inside(
      'staging',
      `aws cloudformation delete-stack --stack-name my-app-staging-service
      await_stack my-app-staging-service
      first_failure my-app-staging-service`,
    )
    expect(protectedYet.output).toContain('cannot be deleted because deletion protection is enabled')
    const { code, output } = await project.deploy(['staging', '--destroy', '--yes'])
    expect(output).toContain('The stacks of my-app staging are gone.')
    expect(output).toMatch(
      /goes on costing: table my-app-staging-table-\S+; secret arn:\S+; backup vault \S+ with its copies of the table; key arn:/,
    )
    expect(output).toMatch(/aws kms schedule-key-deletion --pending-window-in-days 30 --key-id arn:\S+/)
    expect(code).toBe(0)
    // The roles of GitHub Actions are made once, and stay.
    expect(stacksOf(aws).filter((stack) => /staging-(?!ci )/.test(stack))).toEqual([])
  })
})

describe('the scripts', () => {
  const version = (...numbers: readonly number[]) =>
    spawnSync('bash', ['-c', `source infrastructure/lib/bash-version.sh; needs_bash ${numbers.join(' ')}`], {
      cwd: root,
      encoding: 'utf8',
    })

  it('refuse a bash that is too old, and say what to do', () => {
    for (const [major, minor] of [
      [3, 2],
      [4, 3],
    ] as const) {
      const { status, stderr } = version(major, minor)
      expect(stderr).toContain(`this is bash ${major}.${minor}, and 4.4 or later is needed`)
      expect(stderr).toContain('brew install bash')
      expect(status).toBe(3)
    }
    expect(version(4, 4)).toMatchObject({ status: 0, stderr: '' })
    expect(version(5, 2)).toMatchObject({ status: 0, stderr: '' })
  })
})
