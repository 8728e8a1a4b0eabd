import { text, type Command } from '../command.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completionCommand: Command = {
  words: [{ name: '<shell>', help: 'which', choices: shells }],
  flags: [],
  examples: [
    ['completion bash > ~/.local/share/bash-completion/completions/hello', ''],
    ['completion zsh > ~/.zfunc/_hello', ''],
    ['completion fish > ~/.config/fish/completions/hello.fish', ''],
    ['completion powershell >> $PROFILE', ''],
  ],
  async run(values) {
    const { default: tab } = await import('@bomb.sh/tab');
    tab.setup('hello', 'hello', text(values, 'shell') ?? 'bash');
    return 0;
  },
};
