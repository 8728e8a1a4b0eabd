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

/** Is told what a container goes on to write. */
export interface Follower {
  /** A whole line, and when it was written. */
  line(text: string, time: string): void;
  /** The run that is followed has ended, or none runs. */
  end(): void;
}

/** Output of the containers of one pod, in files, so that it outlives the daemon. */
export interface PodLogs {
  /** Starts the file of a run. Only this one and the one before are kept. */
  open(container: string, run: number): RunLog;
  /** Each line begins with the time at which it was written. */
  read(container: string, run: number): string | undefined;
  /** Tells what is written from now on, until the run ends. */
  follow(container: string, follower: Follower): () => void;
  remove(): void;
}

export function podLogs(folder: string): PodLogs {
  const followers = new Map<string, Set<Follower>>();
  const running = new Set<string>();
  const fileOf = (container: string, run: number): string => join(folder, container, `${run}.log`);
  const older = (file: string): string => `${file}.1`;
  return {
    open(container, run) {
      mkdirSync(join(folder, container), { recursive: true, mode: 0o700 });
      for (const file of [fileOf(container, run - 2), fileOf(container, run)]) {
        rmSync(file, { force: true });
        rmSync(older(file), { force: true });
      }
      running.add(container);
      return runLog(fileOf(container, run), {
        line(text, time) {
          for (const follower of followers.get(container) ?? []) follower.line(text, time);
        },
        end() {
          running.delete(container);
          for (const follower of followers.get(container) ?? []) follower.end();
        },
      });
    },
    read(container, run) {
      const file = fileOf(container, run);
      if (!existsSync(file)) return undefined;
      const before = existsSync(older(file)) ? readFileSync(older(file), 'utf8') : '';
      return before + readFileSync(file, 'utf8');
    },
    follow(container, follower) {
      const set = followers.get(container) ?? new Set();
      followers.set(container, set.add(follower));
      if (!running.has(container)) follower.end();
      return () => void set.delete(follower);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runLog(file: string, told: Follower): RunLog {
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
      for (const line of lines) told.line(line, stamp(Date.now()));
      if (size < BYTES_MAX) return;
      closeSync(out);
      renameSync(file, `${file}.1`);
      out = openSync(file, 'a', 0o600);
      size = 0;
    },
    close() {
      if (out === undefined) return;
      closeSync(out);
      out = undefined;
      if (partial !== '') told.line(partial, stamp(Date.now()));
      told.end();
    },
  };
}
