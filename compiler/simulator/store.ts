import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A named set of values that outlives the process. Values are treated as immutable: `set` a new one, never edit one. */
export interface Table<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** In the order of first insertion. */
  entries(): IterableIterator<[string, T]>;
  readonly size: number;
}

/**
 * All state of the local cloud. Each change is one line appended to a journal before the call returns, so a killed
 * process loses nothing it has answered for; a torn last line is dropped. The journal is rewritten compactly at start.
 */
export interface Store {
  table<T>(name: string): Table<T>;
}

type Line = { readonly t: string; readonly k: string; readonly v?: unknown };

/** Opens the journal at `file`, or an empty store in memory when there is none to keep. */
export function openStore(file?: string): Store {
  const tables = new Map<string, Map<string, unknown>>();
  const named = (name: string): Map<string, unknown> => {
    const found = tables.get(name) ?? new Map<string, unknown>();
    tables.set(name, found);
    return found;
  };
  if (file) {
    for (const line of readJournal(file)) {
      if (line.v === undefined) named(line.t).delete(line.k);
      else named(line.t).set(line.k, line.v);
    }
    compact(file, tables);
  }
  const record = (line: Line): void => {
    if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  return {
    table<T>(name: string): Table<T> {
      const values = named(name) as Map<string, T>;
      return {
        get: (key) => values.get(key),
        set(key, value) {
          record({ t: name, k: key, v: value });
          values.set(key, value);
        },
        delete(key) {
          if (values.delete(key)) record({ t: name, k: key });
        },
        entries: () => values.entries(),
        get size() {
          return values.size;
        },
      };
    },
  };
}

function readJournal(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return text === '' ? [] : [JSON.parse(text) as Line];
      } catch {
        return []; // the line that was being written when the process was killed
      }
    });
}

function compact(file: string, tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.new`;
  const out = openSync(fresh, 'w', 0o600);
  for (const [t, values] of tables) for (const [k, v] of values) writeSync(out, `${JSON.stringify({ t, k, v })}\n`);
  closeSync(out);
  renameSync(fresh, file);
}
