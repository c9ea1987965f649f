/** Linters and policy packs over every template in every profile. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { policyFindings, type Finding } from './findings.ts'
import { flatTemplates, profiles } from './profiles.ts'
import { templateFile, templateFiles, templateNames } from './template.ts'
import { isWaived, partsOf, readWaivers, ruleOf } from './waivers.ts'

const waivers = readWaivers()
const findings = new Map<string, readonly Finding[]>()
/** The packs take seconds, and several tests ask. */
const findingsOf = (profile: string) => {
  const known = findings.get(profile) ?? policyFindings(flatTemplates(profile))
  findings.set(profile, known)
  return known
}
const show = ({ template, resource, rule }: Finding) => `${template}.${resource}: ${rule}`

const hasCfnLint = spawnSync('cfn-lint', ['--version']).status === 0
/** CI skips nothing: without the tool its test fails there. */
const skipsCfnLint = !hasCfnLint && process.env['CI'] === undefined
if (skipsCfnLint)
  console.warn('cfn-lint is not installed, so its test is skipped: `pip install cfn-lint` brings it.')

describe('cfn-lint', () => {
  it.skipIf(skipsCfnLint)('finds nothing, with warnings and information on', () => {
    const files = templateNames.map(templateFile)
    const { status, stdout } = spawnSync('cfn-lint', ['--include-checks', 'I', '--', ...files], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it('sees every template that there is', () => {
    expect(templateFiles().toSorted()).toEqual(templateNames.map((name) => `${name}.yaml`).toSorted())
  })
})

describe.each(Object.keys(profiles))('Guard, AwsSolutions and NIST 800-53 on %s', (profile) => {
  it('find nothing that no waiver explains', { timeout: 120_000 }, () => {
    const unwaived = findingsOf(profile).filter(
      (finding) => !waivers.some((waiver) => isWaived(waiver, profile, finding)),
    )
    expect(unwaived.map(show)).toEqual([])
  })
})

describe('the waivers', () => {
  it('are at most fifteen, and each has a reason worth reading', () => {
    expect(waivers.length).toBeLessThanOrEqual(15)
    for (const { reason } of waivers) expect(reason.length).toBeGreaterThan(60)
  })

  it('waive at most fifteen rules in any one profile', { timeout: 300_000 }, () => {
    for (const profile of Object.keys(profiles)) {
      const rules = new Set(findingsOf(profile).map(ruleOf))
      expect(rules.size, profile).toBeLessThanOrEqual(15)
    }
  })

  it('match something, in every rule, resource and profile that they name', { timeout: 300_000 }, () => {
    const stale = waivers.flatMap((waiver) =>
      partsOf(waiver).filter(
        ({ rule, resource, profile }) =>
          !(profile === undefined ? Object.keys(profiles) : [profile]).some((each) =>
            findingsOf(each).some(
              (finding) => ruleOf(finding) === rule && `${finding.template}.${finding.resource}` === resource,
            ),
          ),
      ),
    )
    expect(stale).toEqual([])
  })
})
