/** Adds one entry at the end of an array or an object, laid out as its other entries are. */
import type { CodeStyle } from './code-style.ts'
import type { Insertion } from './insertion.ts'
import { nodesOf, type Node, type Source } from './parse-source.ts'

/** @param list an array, an object, or the pattern of an object */
export function addToList(
  { text, comments }: Source,
  list: Node,
  entry: string,
  style: CodeStyle,
): Insertion[] {
  const entries = nodesOf(list[list.type.startsWith('Array') ? 'elements' : 'properties'])
  const close = list.end - 1
  const last = entries.at(-1)
  if (last === undefined) return [addFirst(text, comments, list, entry, style)]
  const comma = commaAfter(text, last.end, close, comments)
  const isInline = !text.slice(list.start, last.start).includes('\n')
  if (isInline) return [{ at: comma ?? last.end, text: comma === undefined ? `, ${entry}` : ` ${entry},` }]
  const indent = lineIndent(text, last.start)
  const lineEnd = endOfLine(text, comma ?? last.end, close, comments)
  const added = `${style.eol}${indent}${entry}${comma === undefined ? '' : ','}`
  return comma === undefined
    ? [
        { at: last.end, text: ',' },
        { at: lineEnd, text: added },
      ]
    : [{ at: lineEnd, text: added }]
}

function addFirst(
  text: string,
  comments: Source['comments'],
  list: Node,
  entry: string,
  { indent, eol }: CodeStyle,
): Insertion {
  const close = list.end - 1
  if (comments.some(({ start, end }) => start > list.start && end < list.end))
    return { at: lineStart(text, close), text: `${lineIndent(text, close)}${indent}${entry},${eol}` }
  return { at: list.start + 1, text: list.type.startsWith('Array') ? entry : ` ${entry} ` }
}

/** Where the comma after the last entry ends, if there is one. */
function commaAfter(
  text: string,
  from: number,
  close: number,
  comments: Source['comments'],
): number | undefined {
  let at = from
  while (at < close) {
    const comment = comments.find(({ start }) => start === at)
    if (comment !== undefined) at = comment.end
    else if (text[at] === ',') return at + 1
    else at++
  }
  return undefined
}

/** Behind the comment that stands on the same line, as it speaks of the entry there. */
function endOfLine(text: string, from: number, close: number, comments: Source['comments']): number {
  const lineBreak = text.indexOf('\n', from)
  const stop = lineBreak === -1 ? close : Math.min(lineBreak, close)
  const same = comments.filter(({ start }) => start >= from && start < stop)
  return Math.max(from, ...same.map(({ end }) => end))
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

const lineIndent = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, at)))![0]
