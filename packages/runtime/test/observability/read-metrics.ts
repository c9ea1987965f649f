/** A strict reader of the Prometheus text format. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?Inf|[+-]?[\d.]+(?:e[+-]?\d+)?)$/
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/

/** @throws when a line is none of the format, a sample has no type, or stands twice. */
export function readMetrics(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const seen = new Set<string>()
  const samples: Sample[] = []
  for (const one of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(one) ?? []
    if (typed !== undefined && type !== undefined) {
      if (types.has(typed)) throw new Error(`a second type of ${typed}`)
      types.set(typed, type)
    }
    if (one === '' || one.startsWith('# ')) continue
    const [, name = '', labels = '', value = ''] = line.exec(one) ?? []
    if (name === '') throw new Error(`not a sample: ${one}`)
    const key = one.slice(0, one.lastIndexOf(' '))
    if (seen.has(key)) throw new Error(`twice: ${key}`)
    seen.add(key)
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count|total)$/, '')
    if (!types.has(family)) throw new Error(`no type: ${one}`)
    samples.push({ name, labels: readLabels(labels), value: Number(value.replace('Inf', 'Infinity')) })
  }
  return samples
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== '';) {
    const match = label.exec(rest)
    if (match === null) throw new Error(`not a label: ${rest}`)
    labels[match[1]!] = match[2]!
    rest = rest.slice(match[0].length)
  }
  return labels
}

/** The value of the sample with exactly these labels. */
export const valueOf = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.find((sample) => sample.name === name && same(sample.labels, labels))?.value

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value)
