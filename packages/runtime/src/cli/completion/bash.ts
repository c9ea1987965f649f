import type { Completable } from './completable.ts'

/** Runs in bash 3.2 too, which macOS has. Source: https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
export function bashCompletion(commands: readonly Completable[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const names = options.flatMap((option) => [
      `--${option.name}`,
      ...(option.short === undefined ? [] : [`-${option.short}`]),
    ])
    return `    ${name}) options='${names.join(' ')}' choices='${(choices ?? []).join(' ')}' ;;`
  })
  const values = commands.flatMap(({ name, options }) =>
    options.filter(({ takesValue }) => takesValue).map((option) => `'${name} --${option.name}'`),
  )
  return `# Completes freeda in bash: source <(freeda completion bash)
_freeda() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local options='' choices=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$current"))
    return
  fi
  # After these stands a value: files, by \`-o default\`.
  case "$command $previous" in
    ${values.join(' | ')}) return ;;
  esac
  case $command in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif ((COMP_CWORD == 2)) && [[ -n $choices ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
  fi
}
complete -o default -F _freeda freeda
`
}
