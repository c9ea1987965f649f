/** A check looks at the stacks of an environment, flat, and says what is wrong with them: a sentence for each problem. */
import type { Json, JsonObject, Resource, Template, TemplateName } from '../template.ts'

export type Stacks = ReadonlyMap<TemplateName, Template>
export type Check = (stacks: Stacks) => string[]

export interface Found {
  readonly template: TemplateName
  readonly name: string
  readonly resource: Resource
  // Whatever a template says; the checks look for what they expect.
  readonly properties: Properties
}

/** Properties as they come: reading one that is not there gives undefined, and the check finds it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Properties = any

export const resourcesOf = (stacks: Stacks, type: string): Found[] =>
  [...stacks].flatMap(([template, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([name, resource]) => ({ template, name, resource, properties: resource.Properties ?? {} })),
  )

export const propertiesOf = (stacks: Stacks, template: TemplateName, name: string): Properties =>
  stacks.get(template)?.Resources[name]?.Properties ?? {}

export const has = (stacks: Stacks, template: TemplateName, name: string) =>
  stacks.get(template)?.Resources[name] !== undefined

/** `expected` sentences whose condition does not hold. */
export const unmet = (expected: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(expected)
    .filter(([, holds]) => !holds)
    .map(([sentence]) => sentence)

export const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]

export interface Statement {
  readonly Sid?: string
  readonly Effect: string
  readonly Principal?: Json
  readonly Action: string | readonly string[]
  readonly Resource: Json
  readonly Condition?: JsonObject
}

export const statementsOf = (document: Properties): readonly Statement[] => document?.Statement ?? []
