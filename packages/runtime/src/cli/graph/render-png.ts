/** Turns a picture into pixels, with a package that an app has only when it wants that. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../command.ts'

const packageName = '@resvg/resvg-js'

/** What is used of it. Source: https://github.com/thx/resvg-js#docs */
interface ResvgModule {
  readonly Resvg: new (
    svg: string,
    options: {
      readonly fitTo: { readonly mode: 'zoom'; readonly value: number }
      readonly font: { readonly loadSystemFonts: boolean; readonly monospaceFamily?: string }
    },
  ) => { render(): { asPng(): Uint8Array } }
}

/** Sharp on a screen of today. */
const zoom = 2

/**
 * @param directory of the project, which has the package
 * @throws UsageError when it has not
 */
export async function renderPng(svg: string, directory: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg(directory)
  const options = { fitTo: { mode: 'zoom', value: zoom }, font: { loadSystemFonts: true } } as const
  return new Resvg(svg, options).render().asPng()
}

async function loadResvg(directory: string): Promise<ResvgModule> {
  let path: string
  try {
    path = createRequire(join(directory, 'package.json')).resolve(packageName)
  } catch (error) {
    throw new UsageError(
      `A PNG needs ${packageName}, which this project does not have.\n→ npm install --save-dev ${packageName}, or draw an SVG: freeda graph --svg FILE`,
      { cause: error },
    )
  }
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as ResvgModule
}
