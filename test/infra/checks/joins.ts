/** What one stack reads, an earlier one wrote; what a parameter file says, a template declares. */
import { templateNames, type Template, type TemplateName } from '../template.ts'
import type { Values } from '../evaluate.ts'

type Templates = ReadonlyMap<TemplateName, Template>

const kebab = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()

/** The last parts of the SSM parameters' names that a template writes. */
const written = ({ Resources }: Template) =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
    .map(({ Properties }) => {
      const name = (Properties?.['Name'] as { readonly 'Fn::Sub': string } | undefined)?.['Fn::Sub'] ?? ''
      return name.startsWith('/${AppName}/${EnvironmentName}/')
        ? name.split('/')[3]!
        : `not of APP/ENV: ${name}`
    })

const read = ({ Parameters }: Template) =>
  Object.entries(Parameters)
    .filter(([, { Type }]) => String(Type).startsWith('AWS::SSM::Parameter::Value<'))
    .map(([name]) => name)

/** Templates as they are, not flat. */
export const stacksReadWhatEarlierOnesWrote = (templates: Templates): string[] =>
  templateNames.flatMap((name, position) => {
    const before = templateNames.slice(0, position).flatMap((each) => written(templates.get(each)!))
    return read(templates.get(name)!)
      .filter((parameter) => !before.includes(kebab(parameter)))
      .map((parameter) => `${name} reads ${kebab(parameter)}, which no earlier stack writes`)
  })

/** Exports that are in use cannot be replaced. */
export const nothingIsExported = (templates: Templates): string[] =>
  [...templates]
    .filter(([, { Outputs }]) => Object.values(Outputs ?? {}).some((output) => 'Export' in output))
    .map(([name]) => `${name} exports`)

/** Two templates that take the same parameter mean the same by it. */
export const sharedParametersAgree = (templates: Templates): string[] => {
  const seen = new Map<string, string>()
  return [...templates].flatMap(([template, { Parameters }]) =>
    Object.entries(Parameters).flatMap(([name, { Type, AllowedValues, AllowedPattern, Default }]) => {
      const meaning = JSON.stringify({ Type, AllowedValues, AllowedPattern, Default })
      const before = seen.get(name) ?? meaning
      seen.set(name, before)
      return before === meaning ? [] : [`${name} is another parameter in ${template} than in the one before`]
    }),
  )
}

/** What deploy.sh itself reads. */
const ofDeploy = ['Region', 'AllowedAccount']

export const parameterFileIsUnderstood = (templates: Templates, file: Values): string[] =>
  Object.entries(file).flatMap(([name, value]) => {
    const declared = [...templates.values()].map(({ Parameters }) => Parameters[name]).filter((each) => each)
    if (declared.length === 0)
      return ofDeploy.includes(name) ? [] : [`${name} is no parameter of any template`]
    return declared.flatMap((parameter) => {
      const { AllowedValues, AllowedPattern, MinValue, MaxValue } = parameter!
      const isAllowed =
        ((AllowedValues as readonly unknown[] | undefined)?.map(String).includes(String(value)) ?? true) &&
        new RegExp(`^(?:${String(AllowedPattern ?? '.*')})$`).test(String(value)) &&
        (MinValue === undefined || Number(value) >= Number(MinValue)) &&
        (MaxValue === undefined || Number(value) <= Number(MaxValue))
      return isAllowed ? [] : [`${name} may not be ${String(value)}`]
    })
  })
