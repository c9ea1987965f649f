import { packageManagerOf, runCommand } from '../add/package-manager.ts'
import { runProgram } from '../add/run-program.ts'
import { defineCommand } from '../command.ts'

export const command = defineCommand({
  description: `Brings the latest template of create-freeda into a project that was made by it: shows every change, merges it with what you changed, and marks
what both changed. Packages are upgraded by your package manager; this is about the files.

It runs \`upgrade\` of create-freeda@latest, which is fetched for that.`,
  options: {
    'dry-run': { type: 'boolean', summary: 'show what would change, change nothing' },
    'allow-dirty': { type: 'boolean', summary: 'also when git has changes that are not committed' },
  },
  examples: ['freeda upgrade --dry-run', 'freeda upgrade'],
  async run({ options }) {
    const flags = (['dry-run', 'allow-dirty'] as const).filter((flag) => options[flag] === true)
    const args = ['upgrade', ...flags.map((flag) => `--${flag}`)]
    return runProgram(
      runCommand(packageManagerOf(process.cwd()), 'create-freeda@latest', args),
      process.cwd(),
    )
  },
})
