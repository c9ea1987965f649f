import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { project } from './cli-process.ts'

it('completes commands, options and choices in bash', () => {
  const { folder, run } = project({})
  const { stdout: script } = run(['completion', 'bash'])
  const completed = (...words: string[]) => {
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _freeda; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    return stdout.split('\n').filter((line) => line !== '')
  }
  expect(completed('freeda', 'de')).toEqual(['dev'])
  expect(completed('freeda', 'routes', '--')).toEqual(['--config', '--json', '--help'])
  expect(completed('freeda', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
  expect(completed('freeda', 'dev', '--config', 'x')).toEqual([])
})

it.each([
  [['completion', 'zhs'], 'SHELL cannot be "zhs". Did you mean "zsh"?'],
  [['generate', 'plugni', 'orders'], 'KIND cannot be "plugni". Did you mean "plugin"?'],
  [['schedules', 'runn', 'nightly'], 'ACTION cannot be "runn". Did you mean "run"?'],
])('refuses what the arguments of %j cannot be', (args, reason) => {
  expect(project({}).run(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(reason) })
})

it('says what a report of a bug needs, also where there is no config', () => {
  const { folder, run, write } = project({})
  expect(JSON.parse(run(['version', '--json']).stdout)).not.toHaveProperty('config')
  write({ 'freeda.config.ts': 'throw new Error("never run")' })
  expect(JSON.parse(run(['version', '--json']).stdout)).toMatchObject({
    freeda: expect.stringMatching(/^\d/),
    node: process.versions.node,
    config: `${folder}/freeda.config.ts`,
    packages: { '@freeda/runtime': [expect.any(String)], esbuild: [expect.any(String)] },
  })
  expect(run(['--version']).stdout).toMatch(/^freeda +\d/)
})

it('suggests the command that was meant', () => {
  expect(project({}).run(['strat'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('There is no command "strat". Did you mean "start"?'),
  })
})
