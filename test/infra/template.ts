/** CloudFormation templates as data: the short forms of YAML (`!Ref x`) read as the long ones (`{ Ref: 'x' }`). */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, type ScalarTag, type Tags, type YAMLMap, type YAMLSeq } from 'yaml'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export interface Resource {
  readonly Type: string
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly Properties?: JsonObject
}

export interface Template {
  readonly AWSTemplateFormatVersion: string
  readonly Description: string
  readonly Parameters: Readonly<Record<string, JsonObject>>
  readonly Conditions?: Readonly<Record<string, Json>>
  readonly Rules?: Readonly<Record<string, JsonObject>>
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs?: Readonly<Record<string, JsonObject>>
}

const at = (path: string) => fileURLToPath(new URL(`../../infrastructure/${path}`, import.meta.url))

export const infrastructure = at('')
export const templateFile = (name: string) => at(`templates/${name}.yaml`)

/** In the order in which they are deployed. */
export const templateNames = [
  'foundation',
  'registry',
  'network',
  'dynamodb-table',
  'ecs-fargate',
  'ops',
  'ci',
] as const
export type TemplateName = (typeof templateNames)[number]

export const templateFiles = () => readdirSync(at('templates'))

const functions = [
  'And',
  'Cidr',
  'Contains',
  'Equals',
  'GetAZs',
  'If',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
]
const longName = (short: string) => (short === 'Ref' || short === 'Condition' ? short : `Fn::${short}`)
const getAtt = (value: string) => {
  const [resource, ...attribute] = value.split('.')
  return [resource!, attribute.join('.')]
}

const tags: Tags = ['Ref', 'Condition', 'GetAtt', ...functions].flatMap((short) => {
  const wrap = (value: unknown) => ({
    [longName(short)]: short === 'GetAtt' && typeof value === 'string' ? getAtt(value) : value,
  })
  const scalar: ScalarTag = { tag: `!${short}`, resolve: wrap }
  const collection = (kind: 'seq' | 'map') => ({
    tag: `!${short}`,
    collection: kind,
    resolve: (node: YAMLSeq | YAMLMap) => ({ toJSON: () => wrap(node.toJSON()) }),
  })
  return [scalar, collection('seq'), collection('map')] as Tags
})

export const parseTemplate = (text: string): Template =>
  JSON.parse(JSON.stringify(parse(text, { customTags: tags }))) as Template

export const readTemplate = (name: TemplateName): Template =>
  parseTemplate(readFileSync(templateFile(name), 'utf8'))
