import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The command line that runs another one behind a terminal: by `script` of util-linux, which every Linux has. Undefined
 * where it is not there: a command runs without a terminal then.
 */
export function behindTerminal(command: readonly string[]): readonly string[] | undefined {
  const script = process.platform === 'linux' ? onPath('script') : undefined;
  if (script === undefined) return undefined;
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return [script, '-qefc', `exec ${line}`, '/dev/null'];
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const triesMax = 100;
const tryEveryMs = 50;

/**
 * Gives the terminal behind which `script` runs its command another size; the command hears of it by SIGWINCH. A client
 * tells its size at once: the terminal may have yet to be made.
 */
export async function resizeTerminal(script: number, columns: number, rows: number): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const terminal = terminalOf(script);
    if (terminal !== undefined) {
      const size = ['cols', String(columns), 'rows', String(rows)];
      spawn('stty', ['-F', terminal, ...size], { stdio: 'ignore' }).on('error', () => undefined);
      return;
    }
    await delay(tryEveryMs);
  }
}

/** https://docs.kernel.org/filesystems/proc.html */
function terminalOf(script: number): string | undefined {
  try {
    const [child = ''] = readFileSync(`/proc/${script}/task/${script}/children`, 'utf8').trim().split(' ');
    const terminal = readlinkSync(`/proc/${child}/fd/0`);
    return terminal.startsWith('/dev/pts/') ? terminal : undefined;
  } catch {
    return undefined; // it has not begun, or has ended
  }
}
