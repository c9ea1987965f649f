/** docs/tutorial.md from its beginning to the build, as it stands: files, commands, answers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { patternOf, startsTheApp, tutorialSteps } from '../docs/tutorial/steps.ts'
import { openTerminals } from '../docs/tutorial/terminals.ts'

/** What AWS is needed for is run by test/deploy/tutorial.test.ts. */
const needsAws = /setup\.sh|deploy\.sh (?!\S+ --cost)/

/** Texts `…` stand for any text. */
const withAnyText = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => (each === '…' ? expect.any(String) : each))

it('the tutorial can be followed word by word', async () => {
  const terminals = openTerminals()
  let printed = ''
  let compared = 0
  for (const step of tutorialSteps()) {
    if (step.kind === 'commands' && needsAws.test(step.script)) break
    if (step.kind === 'file') {
      mkdirSync(dirname(join(terminals.project, step.path)), { recursive: true })
      writeFileSync(join(terminals.project, step.path), step.text)
    } else if (step.kind === 'stop') await terminals.stopApp()
    else if (step.kind === 'shown') await terminals.appShows(step.text)
    else if (step.kind === 'commands') {
      if (startsTheApp(step.script)) await terminals.startApp()
      else printed = terminals.run(step.script)
    } else {
      compared++
      const at = `docs/tutorial.md:${step.line}`
      if (step.language === 'text') expect(printed, at).toMatch(patternOf(step.text))
      else expect(JSON.parse(printed), at).toMatchObject(withAnyText(JSON.parse(step.text)) as object)
    }
  }
  expect(compared).toBeGreaterThanOrEqual(9)
})
