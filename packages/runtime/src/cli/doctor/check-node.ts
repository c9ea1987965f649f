import type { Finding } from '../../doctor.ts'

/** Source: `engines` of this package. */
const oldest = { major: 20, minor: 19 }
/** Source: https://nodejs.org/en/about/previous-releases */
const oldestMaintained = 22

/** @param version as `process.versions.node` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const found = `Node ${version}`
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor))
    return {
      id: 'node',
      severity: 'error',
      message: `${found} is too old: Freeda needs ${oldest.major}.${oldest.minor} or later.`,
      fix: 'Install Node 24.',
    }
  if (major < oldestMaintained || (major % 2 === 1 && major < 25))
    return {
      id: 'node',
      severity: 'warning',
      message: `${found} no longer gets security fixes.`,
      fix: 'Move to Node 24.',
    }
  return { id: 'node', severity: 'ok', message: `${found}.` }
}
