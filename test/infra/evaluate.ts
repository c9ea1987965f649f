/** What CloudFormation makes of a template with given parameters: conditions decided, parameters filled in, rules checked. */
import type { Json, JsonObject, Resource, Template } from './template.ts'

export type Values = Readonly<Record<string, Json>>

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const call = (value: Json): [string, Json] | undefined => {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value)
  return entries.length === 1 ? entries[0] : undefined
}

/** CloudFormation compares as text: `MinTasks: 1` equals `'1'`. */
const text = (value: Json) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

function isTrue(template: Template, values: Values, expression: Json): boolean {
  const [name, argument] = call(expression) ?? []
  const value = (each: Json): Json => {
    const [inner, key] = call(each) ?? []
    if (inner !== 'Ref') return each
    const found = values[key as string]
    if (found === undefined) throw new Error(`no value of ${text(key ?? null)}`)
    return found
  }
  const all = (argument ?? []) as readonly Json[]
  switch (name) {
    case 'Condition':
      return isTrue(template, values, template.Conditions![argument as string]!)
    case 'Fn::Equals':
      return text(value(all[0]!)) === text(value(all[1]!))
    case 'Fn::Not':
      return !isTrue(template, values, all[0]!)
    case 'Fn::And':
      return all.every((each) => isTrue(template, values, each))
    case 'Fn::Or':
      return all.some((each) => isTrue(template, values, each))
    case 'Fn::Contains':
      return (all[0] as readonly Json[]).map(text).includes(text(value(all[1]!)))
    default:
      throw new Error(`not a condition: ${JSON.stringify(expression)}`)
  }
}

/** Every parameter's value: the given one, else its default. */
export function parameterValues(template: Template, given: Values): Values {
  return Object.fromEntries(
    Object.entries(template.Parameters).map(([name, { Default }]) => {
      const value = given[name] ?? Default
      if (value === undefined) throw new Error(`the parameter ${name} has no value`)
      return [name, value]
    }),
  )
}

/** What the Rules section says about the given parameters: nothing, or why CloudFormation refuses them. */
export function refusals(template: Template, given: Values): string[] {
  const values = parameterValues(template, given)
  return Object.values(template.Rules ?? {}).flatMap(({ RuleCondition, Assertions }) =>
    RuleCondition !== undefined && !isTrue(template, values, RuleCondition)
      ? []
      : (Assertions as readonly JsonObject[])
          .filter(({ Assert }) => !isTrue(template, values, Assert!))
          .map(({ AssertDescription }) => String(AssertDescription)),
  )
}

const noValue = Symbol('AWS::NoValue')
const substitution = /\$\{([A-Za-z0-9]+)\}/g

function fill(template: Template, values: Values, value: Json): Json | typeof noValue {
  const again = (each: Json) => fill(template, values, each)
  if (Array.isArray(value)) return value.map(again).filter((each) => each !== noValue)
  if (!isObject(value)) return value
  const [name, argument] = call(value) ?? []
  if (name === 'Ref' && argument === 'AWS::NoValue') return noValue
  if (name === 'Ref' && values[argument as string] !== undefined) return values[argument as string]!
  if (name === 'Fn::If') {
    const [condition, then, otherwise] = argument as readonly [string, Json, Json]
    return again(isTrue(template, values, { Condition: condition }) ? then : otherwise)
  }
  if (name === 'Fn::Sub' && typeof argument === 'string') {
    const filled = argument.replaceAll(substitution, (whole, key: string) => {
      const found = values[key]
      return found === undefined ? whole : text(found)
    })
    return filled.includes('${') ? { 'Fn::Sub': filled } : filled
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, again(each)] as const)
      .filter((entry): entry is readonly [string, Json] => entry[1] !== noValue),
  )
}

/** The template as it is for these parameters only: no conditions, no parameters, and what is not made is not there. */
export function flatten(template: Template, given: Values): Template {
  const values = parameterValues(template, given)
  const isMade = ({ Condition }: { Condition?: string }) =>
    Condition === undefined || isTrue(template, values, { Condition })
  const made = Object.entries(template.Resources).filter(([, resource]) => isMade(resource))
  const names = new Set(made.map(([name]) => name))
  const resources = made.map(([name, { Condition: _, DependsOn, ...rest }]): [string, Resource] => {
    const dependsOn = [DependsOn ?? []].flat().filter((each) => names.has(each))
    const filled = fill(template, values, rest) as unknown as Resource
    return [name, dependsOn.length > 0 ? { ...filled, DependsOn: dependsOn } : filled]
  })
  return {
    AWSTemplateFormatVersion: template.AWSTemplateFormatVersion,
    Description: template.Description,
    Parameters: {},
    Resources: Object.fromEntries(resources),
  }
}
