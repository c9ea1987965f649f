/** Paths of @koa/router as OpenAPI writes them. */

export interface Template {
  /** `/tickets/{id}`. */
  readonly path: string
  /** Names of its parameters, in their order. */
  readonly names: readonly string[]
}

/**
 * `/tickets/:id{/messages}` gives `/tickets/{id}` and `/tickets/{id}/messages`: OpenAPI has no optional parts.
 * Source: https://github.com/pillarjs/path-to-regexp#parameters
 */
export const templatesOf = (path: string): readonly Template[] => expand(path).map(template)

function expand(path: string): string[] {
  const group = /\{([^{}]*)\}/.exec(path)
  if (group === null) return [path]
  const [before, after] = [path.slice(0, group.index), path.slice(group.index + group[0].length)]
  return [...expand(before + after), ...expand(before + group[1]! + after)]
}

const parameter = /\\(.)|[:*](?:"((?:\\.|[^"\\])*)"|([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*))/gu

function template(path: string): Template {
  const names: string[] = []
  const text = path.replaceAll(parameter, (_all, escaped?: string, quoted?: string, plain?: string) => {
    if (escaped !== undefined) return escaped
    const name = quoted ?? plain!
    names.push(name)
    return `{${name}}`
  })
  return { path: text.length > 1 ? text.replace(/\/$/, '') : text || '/', names }
}
