/** A plugin or a driver: a folder of its own, its test, and its place in the config. */
import { join } from 'node:path'
import { addPlugin } from '../edit/add-plugin.ts'
import type { Change } from '../write-changes.ts'
import { driverCode, driverTestCode } from './driver-code.ts'
import { ByHand, newFile, type Generation } from './generation.ts'
import type { Names } from './names.ts'
import { pluginCode, pluginTestCode } from './plugin-code.ts'
import { importPath, testFileOf, type Project } from './project.ts'

/** @throws ByHand when the config cannot be edited */
export function newPlugin(project: Project, names: Names, folder: string): Generation {
  const file = join(project.directory, folder, names.kebab, `plugin${project.extension}`)
  const testFile = testFileOf(project, file, names.kebab)
  return {
    changes: [
      newFile(project, file, withDefault(project, pluginCode(names), names)),
      newFile(project, testFile, pluginTestCode(names, importPath(project, testFile, file))),
      ...inConfig(project, file, names),
    ],
    notes: [`It answers under /${names.kebab}.`],
  }
}

/** Not added to the config: an app has one store only, and which one is a decision. */
export function newDriver(project: Project, names: Names, folder: string): Generation {
  const file = join(project.directory, folder, names.kebab, `driver${project.extension}`)
  const testFile = testFileOf(project, file, names.kebab)
  const from = importPath(project, project.configFile, file)
  const typed = project.extension === '.ts'
  return {
    changes: [
      newFile(project, file, withDefault(project, driverCode(names, typed), names)),
      newFile(project, testFile, driverTestCode(names, importPath(project, testFile, file))),
    ],
    notes: [
      `To use it, put it into ${project.configFile} in the place of the store that is there:`,
      ...(isJson(project)
        ? [`  "${from}"`]
        : [`  import { ${names.camel} } from '${from}'`, `  plugins: [..., ${names.camel}()]`]),
    ],
  }
}

/** A JSON config names a file, and takes its default export. */
const withDefault = (project: Project, code: string, { camel }: Names): string =>
  isJson(project) ? `${code}\nexport default ${camel}\n` : code

const isJson = ({ configFile }: Project): boolean => configFile.endsWith('.json')

function inConfig(project: Project, file: string, { camel }: Names): Change[] {
  const { configFile, configText } = project
  const from = isJson(project)
    ? importPath({ ...project, importEnding: project.extension }, configFile, file)
    : importPath(project, configFile, file)
  const edit = addPlugin(configFile, configText, { import: { name: camel, from }, entry: `${camel}()` })
  if ('reason' in edit) throw new ByHand(configFile, edit.reason, edit.lines)
  return edit.text === configText ? [] : [{ file: configFile, text: edit.text, before: configText }]
}
