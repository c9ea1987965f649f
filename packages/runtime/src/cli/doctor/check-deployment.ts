/** Looks at all that `deploy.sh ENV` has made of an app. */
import type { Finding } from '../../doctor.ts'
import type { Aws } from './aws-cli.ts'
import { AwsFailure } from './aws-cli.ts'
import { checkStack, notReached } from './check-stack.ts'

/**
 * @param app as in the names of its stacks
 * @param shutdownMs budget of the app's shutdown, when the app could be planned
 */
export async function checkDeployment(
  aws: Aws,
  app: string,
  environment: string,
  shutdownMs: number | undefined,
): Promise<Finding[]> {
  const id = `deployed.${environment}`
  const path = `/${app}/${environment}`
  try {
    const [{ Parameters: values }, { Stacks: stacks }] = await Promise.all([
      aws<{ Parameters: readonly { readonly Name: string }[] }>([
        'ssm',
        'get-parameters-by-path',
        '--path',
        path,
        '--recursive',
      ]),
      aws<{ Stacks: readonly { readonly StackName: string }[] }>(['cloudformation', 'describe-stacks']),
    ])
    const own = stacks
      .map(({ StackName }) => StackName)
      .filter((name) => name.startsWith(`${app}-${environment}-`))
    if (values.length === 0 && own.length === 0)
      return [
        {
          id,
          severity: 'error',
          message: `Nothing of ${app} is deployed as ${environment} in this account and region.`,
          fix: `Deploy it (infrastructure/deploy.sh ${environment}), or correct --profile and --region.`,
        },
      ]
    const names = values.map(({ Name }) => Name.slice(path.length + 1)).toSorted()
    const found = await Promise.all(own.toSorted().map((name) => checkStack(aws, name, shutdownMs)))
    return [
      {
        id,
        severity: 'ok',
        message: `${own.length} stack${own.length === 1 ? '' : 's'} of ${environment}, with ${names.length === 0 ? 'nothing' : names.join(', ')} under ${path}.`,
      },
      ...found.flat(),
    ]
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error
    return [notReached(id, `The deployment ${environment} of ${app}`, error)]
  }
}
