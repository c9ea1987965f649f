/** What the policy packs say about templates: one finding for each rule and resource. */
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard'
import { App, Stack } from 'aws-cdk-lib'
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Template } from './template.ts'

export interface Finding {
  readonly rule: string
  readonly template: string
  readonly resource: string
}

/** @param templates flat ones (see evaluate.ts), by name. */
export function policyFindings(templates: ReadonlyMap<string, Template>): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-policy-'))
  try {
    const files = [...templates].map(([name, template]) => {
      const file = join(folder, `${name}.json`)
      writeFileSync(file, JSON.stringify(template))
      return file
    })
    return [...guardFindings(files), ...files.flatMap(nagFindings)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const nameOf = (file: string) => basename(file, '.json')

/** The Control Tower rules of CloudFormation Guard. */
function guardFindings(templatePaths: string[]): Finding[] {
  const { violations } = new CfnGuardValidator().validate({ templatePaths, appConstruct: new App() })
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ templatePath, resourceLogicalId }) => ({
      rule: `Guard-${ruleName}`,
      template: nameOf(templatePath),
      resource: resourceLogicalId,
    })),
  )
}

/** cdk-nag sees constructs, so the template becomes some. */
function nagFindings(templateFile: string): Finding[] {
  const stack = new Stack(new App(), 'Stack')
  const { stack: included } = new CfnInclude(stack, 'Template', { templateFile })
  return [new AwsSolutionsChecks(), new NIST80053R5Checks()].flatMap((pack) =>
    pack.validateScope(included).violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ resourceLogicalId, constructPath }) => ({
        rule: ruleName,
        template: nameOf(templateFile),
        resource: resourceLogicalId ?? constructPath?.split('/').at(-1) ?? '?',
      })),
    ),
  )
}
