import type { Finding } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'

/** Files, pipes and connections to other services. */
const beside = 200

/** The soft limit of this process, which Node has raised as far as it may; undefined where the system has none. */
export function openFileLimit(): number | undefined {
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report
  // Else it looks up the names of all peers.
  report.excludeNetwork = true
  const { userLimits } = report.getReport() as unknown as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } }
  }
  const soft = userLimits?.open_files?.soft
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft
}

/** Whether the app can have as many connections as the config allows. */
export function checkOpenFiles(
  { server, mode }: Pick<Plan, 'server' | 'mode'>,
  limit: number | undefined,
): Finding {
  const id = 'open-files'
  if (limit === undefined)
    return { id, severity: 'note', message: 'Not looked at: this system tells no limit of open files.' }
  const { maxConnections } = server
  const needed = maxConnections + beside
  const said = `This process may have ${limit === Number.POSITIVE_INFINITY ? 'any number of' : limit} files open`
  if (maxConnections > 0 && limit < needed)
    return {
      id,
      severity: mode === 'production' ? 'warning' : 'note',
      message: `${said}, but server.maxConnections is ${maxConnections}: connections beyond the limit fail, and files with them.`,
      fix: `Raise it to ${needed} (\`ulimit -n\`, \`ulimits\` of the container), or set server.maxConnections to ${Math.max(1, limit - beside)}.`,
    }
  return {
    id,
    severity: 'ok',
    message: `${said}; server.maxConnections is ${maxConnections === 0 ? 'without limit' : maxConnections}.`,
  }
}
