import type { Paint } from './style.ts';

/** What is shown of one line of a log. */
export interface ShownLine {
  readonly time?: string;
  readonly service: string;
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

const colours = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'cyanBright', 'greenBright', 'magentaBright'] as const;

/**
 * Lines of logs, each after the pod that wrote it, in a colour of its own. `container` is shown where it is not the app's.
 * What a program writes goes to the terminal as it is, but for what would break the line.
 */
export function logText(paint: Paint, how: { readonly timestamps: boolean; readonly container: boolean }) {
  const known = new Map<string, (typeof colours)[number]>();
  return (line: ShownLine): string => {
    const colour = known.get(line.pod) ?? colours[known.size % colours.length] ?? 'cyan';
    known.set(line.pod, colour);
    const from = how.container ? `${line.pod}/${line.container}` : line.pod;
    const time = how.timestamps && line.time !== undefined ? `${paint('dim', line.time)} ` : '';
    return `${paint(colour, from)} ${time}${line.text.replace(/\r$/, '')}\n`;
  };
}
