import type { Finding } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'

type Planned = Pick<Plan, 'variables' | 'gaps' | 'mode'>

/** Whether every variable that is needed is there. */
export function checkVariables({ variables, gaps, mode }: Planned): Finding[] {
  const missing = gaps.map(({ at, message, fix }): Finding => ({
    id: `env.${variables.find(({ usedBy }) => usedBy.includes(at))?.name ?? at}`,
    severity: 'error',
    message: `${at}: ${message}`,
    ...(fix === undefined ? {} : { fix }),
  }))
  const known = variables.filter(({ secret, source }) => secret && source === 'fallback')
  const guessable = mode !== 'production' ? [] : known.filter(({ required }) => !required)
  return [
    ...missing,
    ...guessable.map(({ name }): Finding => ({
      id: `env.${name}`,
      severity: 'warning',
      message: `The secret ${name} is not set in production: the app goes on with what the config has for it, if anything.`,
      fix: `Set ${name}, or take its fallback out of the config.`,
    })),
    ...(missing.length > 0
      ? []
      : [
          {
            id: 'env',
            severity: 'ok' as const,
            message:
              variables.length === 0
                ? 'The app reads no variables.'
                : `All variables that must be set are set, of ${variables.length} that the app reads.`,
          },
        ]),
  ]
}
