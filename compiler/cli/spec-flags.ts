import { configFlag, projectFlag, type Flag } from './command.ts';

/** What every command takes that reads a config. */
export const specFlags: readonly Flag[] = [
  configFlag,
  projectFlag,
  { flags: '--stage <name>', help: 'stage of the config (default: HELLO_STAGE, then dev if there is one)' },
  { flags: '--var <name=value>', help: 'what ${opt:name} stands for (repeatable)', many: true },
  { flags: '--set <path=value>', help: 'override a value of the config (repeatable)', many: true },
  { flags: '--allow-outside', help: 'let ${file:…} read outside the folder of the config' },
];

/** Commands that can lose something take it. */
export const protectedFlag: Flag = {
  flags: '--allow-protected <stage>',
  help: 'name a protected stage that may be destroyed, or lose data',
};

export const timeoutFlag: Flag = {
  flags: '--timeout <seconds>',
  help: 'how long anything may take to become ready',
  number: 'amount',
};
