import { stripVTControlCharacters } from 'node:util';

/** A screen that is drawn again and again, and leaves the terminal as it was. */
export interface Screen {
  show(text: string): void;
  close(): void;
}

const alternate = { on: '\u001B[?1049h\u001B[?25l', off: '\u001B[?25h\u001B[?1049l' } as const;

/** Opens one on the terminal. What does not fit is cut off; another size draws it anew. */
export function openScreen(): Screen {
  const { stdout } = process;
  let last = '';
  const draw = (): void => {
    const lines = last.trimEnd().split('\n').slice(0, stdout.rows);
    const fitted = lines.map((line) => (stripVTControlCharacters(line).length > stdout.columns ? cut(line) : line));
    // Each line takes away what stood right of it, the last one all below: nothing flickers.
    stdout.write(`\u001B[H${fitted.map((line) => `${line}\u001B[K`).join('\n')}\u001B[J`);
  };
  const cut = (line: string): string => `${stripVTControlCharacters(line).slice(0, stdout.columns - 1)}…`;
  stdout.write(alternate.on);
  stdout.on('resize', draw);
  return {
    show(text) {
      last = text;
      draw();
    },
    close() {
      stdout.off('resize', draw);
      stdout.write(alternate.off);
    },
  };
}
