import { styleText } from 'node:util';
import type { Action } from '../model/change.ts';

/** Colour is only ever added to a sign or a word that says the same. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Whether a stream takes colours: not when it is no terminal or NO_COLOR is set, always when FORCE_COLOR is. */
export function takesColour(stream: NodeJS.WritableStream): boolean {
  return styleText('red', '.', { stream }) !== '.';
}

export function painter(color: boolean): Paint {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

/** What stands before a change, and how it is counted. */
export const actionSigns = {
  create: { sign: '+', colour: 'green' },
  adopt: { sign: '>', colour: 'cyan' },
  update: { sign: '~', colour: 'yellow' },
  replace: { sign: '-/+', colour: 'magenta' },
  delete: { sign: '-', colour: 'red' },
  keep: { sign: '=', colour: 'dim' },
  refuse: { sign: '!', colour: 'red' },
  noop: { sign: '=', colour: 'dim' },
} as const satisfies Record<Action, { sign: string; colour: Parameters<typeof styleText>[0] }>;
