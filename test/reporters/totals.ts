import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** Prints `N passed, N failed, N skipped`, and adds it to the file that CI sums up. */
export const totals: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      // A file that fails to load has no tests to count.
      if (!module.ok() && module.children.allTests().next().done === true) count.failed++
      for (const test of module.children.allTests()) count[test.result().state]++
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
    const file = process.env['FREEDA_TEST_TOTALS']
    if (file !== undefined && file !== '')
      appendFileSync(file, `${count.passed} ${count.failed} ${count.skipped}\n`)
  },
}
