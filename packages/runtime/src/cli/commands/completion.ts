import { defineCommand } from '../command.ts'
import { bashCompletion } from '../completion/bash.ts'
import { completables } from '../completion/completable.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export const command = defineCommand({
  description: `Prints a script that teaches a shell to complete commands, options and files. It holds for a \`freeda\` that the shell finds, as with
\`PATH=./node_modules/.bin:$PATH\` or an alias for \`npx freeda\`.

  bash   source <(freeda completion bash), in ~/.bashrc
  zsh    source <(freeda completion zsh), in ~/.zshrc after compinit
  fish   freeda completion fish > ~/.config/fish/completions/freeda.fish`,
  arguments: [{ name: 'SHELL', summary: 'bash, zsh or fish', choices: Object.keys(shells) }],
  options: {},
  examples: ['source <(freeda completion bash)'],
  async run({ args: [shell = ''], terminal }) {
    const { commandList } = await import('../command-list.ts')
    terminal.out.write(shells[shell as keyof typeof shells](await completables(commandList)))
    return 0
  },
})
