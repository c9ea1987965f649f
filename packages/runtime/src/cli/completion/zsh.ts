import type { Completable, CompletableOption } from './completable.ts'

/** Source: https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export function zshCompletion(commands: readonly Completable[]): string {
  const described = commands.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', String.raw`\:`)}`)}`,
  )
  const cases = commands.map(({ name, options, choices }) => {
    const first = choices === undefined ? [] : [quoted(`1:what:(${choices.join(' ')})`)]
    return `    ${name}) _arguments ${[...options.map(argument), ...first, "'*:file:_files'"].join(' ')} ;;`
  })
  return `#compdef freeda
# Completes freeda in zsh: source <(freeda completion zsh), after compinit
_freeda() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe 'command' commands
    _arguments '--help[show all commands]' '--version[say what a report of a bug needs]'
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _freeda freeda
`
}

function argument({ name, short, summary, takesValue }: CompletableOption): string {
  const help = `[${summary.replaceAll(/[[\]:]/g, (sign) => `\\${sign}`)}]${takesValue ? ':value:_files' : ''}`
  return short === undefined
    ? quoted(`--${name}${help}`)
    : `'(-${short} --${name})'{-${short},--${name}}${quoted(help)}`
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
