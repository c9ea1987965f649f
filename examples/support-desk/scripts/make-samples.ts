/**
 * Writes the sample files: `node scripts/make-samples.ts`. Companies, people, orders and numbers in them are invented;
 * addresses and telephone numbers are from ranges reserved for fiction.
 */
import { writeFile } from 'node:fs/promises'
import { makeFiles } from './samples/make-files.ts'

for (const [name, content] of Object.entries(makeFiles()))
  await writeFile(new URL(`../samples/${name}`, import.meta.url), content)
