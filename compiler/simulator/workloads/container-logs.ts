import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { stamp, stamper } from './log-lines.ts';

/** The kubelet rotates at 10 MiB; half is plenty here, as one older file is kept beside the current one. */
const BYTES_MAX = 5 * 1024 * 1024;

/** The output of one run of one container. */
export interface RunLog {
  write(chunk: string | Buffer): void;
  close(): void;
}

/** Output of the containers of one pod, in files, so that it outlives the daemon. */
export interface PodLogs {
  /** Starts the file of a run. Only this one and the one before are kept. */
  open(container: string, run: number): RunLog;
  /** Each line begins with the time at which it was written. */
  read(container: string, run: number): string | undefined;
  /** Calls `line` for each whole line written from now on, of any run. */
  follow(container: string, line: (text: string, time: string) => void): () => void;
  remove(): void;
}

export function podLogs(folder: string): PodLogs {
  const followers = new Map<string, Set<(text: string, time: string) => void>>();
  const fileOf = (container: string, run: number): string => join(folder, container, `${run}.log`);
  const older = (file: string): string => `${file}.1`;
  return {
    open(container, run) {
      mkdirSync(join(folder, container), { recursive: true, mode: 0o700 });
      for (const file of [fileOf(container, run - 2), fileOf(container, run)]) {
        rmSync(file, { force: true });
        rmSync(older(file), { force: true });
      }
      return runLog(fileOf(container, run), (line, time) => {
        for (const follower of followers.get(container) ?? []) follower(line, time);
      });
    },
    read(container, run) {
      const file = fileOf(container, run);
      if (!existsSync(file)) return undefined;
      const before = existsSync(older(file)) ? readFileSync(older(file), 'utf8') : '';
      return before + readFileSync(file, 'utf8');
    },
    follow(container, line) {
      const set = followers.get(container) ?? new Set();
      followers.set(container, set.add(line));
      return () => void set.delete(line);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runLog(file: string, onLine: (text: string, time: string) => void): RunLog {
  let out: number | undefined = openSync(file, 'a', 0o600);
  let size = 0;
  let partial = '';
  const decoder = new StringDecoder('utf8');
  const timed = stamper();
  return {
    write(chunk) {
      if (out === undefined) return;
      const text = decoder.write(Buffer.from(chunk));
      size += writeSync(out, timed(text));
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) onLine(line, stamp(Date.now()));
      if (size < BYTES_MAX) return;
      closeSync(out);
      renameSync(file, `${file}.1`);
      out = openSync(file, 'a', 0o600);
      size = 0;
    },
    close() {
      if (out !== undefined) closeSync(out);
      out = undefined;
    },
  };
}
