import type { Completable } from './completable.ts'

/** Source: https://fishshell.com/docs/current/completions.html */
export function fishCompletion(commands: readonly Completable[]): string {
  const lines = commands.flatMap(({ name, summary, options, choices }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c freeda -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
      ...options.map(
        (option) =>
          `complete -c freeda ${within} ${option.short === undefined ? '' : `-s ${option.short} `}-l ${option.name}${option.takesValue ? ' -r' : ''} -d ${quoted(option.summary)}`,
      ),
      ...(choices === undefined ? [] : [`complete -c freeda ${within} -f -a ${quoted(choices.join(' '))}`]),
    ]
  })
  return `# Completes freeda in fish: freeda completion fish | source
complete -c freeda -n __fish_use_subcommand -l help -d 'show all commands'
complete -c freeda -n __fish_use_subcommand -l version -d 'say what a report of a bug needs'
${lines.join('\n')}
`
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
