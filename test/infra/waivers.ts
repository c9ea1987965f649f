/** The reviewed exceptions, infrastructure/policy-waivers.json. */
import { readFileSync } from 'node:fs'
import type { Finding } from './findings.ts'
import { infrastructure } from './template.ts'

export interface Waiver {
  /** More than one where several packs state the same requirement. */
  readonly rules: readonly string[]
  /** `template.LogicalId`. */
  readonly resources: readonly string[]
  /** Where it applies; without it, everywhere. */
  readonly profiles?: readonly string[]
  readonly reason: string
}

export const readWaivers = (): Waiver[] =>
  (
    JSON.parse(readFileSync(`${infrastructure}policy-waivers.json`, 'utf8')) as {
      readonly waivers: Waiver[]
    }
  ).waivers

/** `AwsSolutions-IAM5[Action::kms:*]` is one of many findings of `AwsSolutions-IAM5`. */
export const ruleOf = ({ rule }: Finding) => rule.replace(/\[.*/s, '')

export const isWaived = (waiver: Waiver, profile: string, finding: Finding) =>
  waiver.rules.includes(ruleOf(finding)) &&
  waiver.resources.includes(`${finding.template}.${finding.resource}`) &&
  (waiver.profiles?.includes(profile) ?? true)

/** Every rule, resource and profile that a waiver names, so that each can be asked whether it is still needed. */
export const partsOf = ({ rules, resources, profiles }: Waiver) =>
  rules.flatMap((rule) =>
    resources.flatMap((resource) =>
      (profiles ?? [undefined]).map((profile) => ({ rule, resource, profile })),
    ),
  )
