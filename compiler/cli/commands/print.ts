import { Refusal } from '../../base/errors.ts';
import { formatPath, isObject, type Path } from '../../base/json.ts';
import type { Origin } from '../../spec/layers.ts';
import { asConfig } from '../../spec/as-config.ts';
import { flag, jsonFlag, text, type Command } from '../command.ts';
import { memberAt, pathTo } from '../dotted-path.ts';
import type { Io } from '../io.ts';
import { findConfigText, readWhole } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

export const printCommand: Command = {
  flags: [
    ...specFlags,
    jsonFlag,
    { flags: '--path <path>', help: 'only this part: db.tier, ports[0]' },
    { flags: '--origins', help: 'where each value comes from' },
  ],
  examples: [
    ['print', 'as YAML'],
    ['print --path db.tier', 'one value, for a script'],
    ['print --origins --stage prod', 'which file, stage, variable or flag each value comes from'],
    ['print --json', 'as data'],
  ],
  async run(values, io) {
    const config = await findConfigText(values, io);
    const read = config.ok ? readWhole(config.value, values, io.env) : config;
    if (!read.ok) throw new Refusal(...read.problems);
    io.diagnose(read.warnings);
    const { originOf } = read.value;
    const spec = asConfig(read.value.spec);
    const path = text(values, 'path') ?? '';
    const part = memberAt(spec, path);
    if (flag(values, 'origins')) printOrigins(leavesOf(part, pathTo(spec, path)), originOf, flag(values, 'json'), io);
    else if (flag(values, 'json')) io.out(`${JSON.stringify(part, undefined, 2)}\n`);
    else {
      const { stringify } = await import('yaml');
      // A single text is printed as it is: quotes are for YAML, and a script wants the value.
      io.out(typeof part === 'string' ? `${part}\n` : stringify(part));
    }
    return 0;
  },
};

interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

function leavesOf(value: unknown, path: Path): Leaf[] {
  const inner = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return inner.length === 0 ? [{ path, value }] : inner.flatMap(([key, each]) => leavesOf(each, [...path, key]));
}

function printOrigins(leaves: readonly Leaf[], originOf: (path: Path) => Origin, json: boolean, io: Io): void {
  const rows = leaves.map(({ path, value }) => ({ path: formatPath(path), value, origin: originOf(path) }));
  if (json) {
    io.out(`${JSON.stringify(rows, undefined, 2)}\n`);
    return;
  }
  const cells = rows.map(({ path, value, origin }) => [`${path}: ${JSON.stringify(value)}`, wordsOf(origin)] as const);
  const width = Math.max(...cells.map(([left]) => left.length));
  io.out(cells.map(([left, right]) => `${left.padEnd(width)}  # ${right}\n`).join(''));
}

function wordsOf(origin: Origin): string {
  if (origin.from === 'default') return 'default';
  if (origin.from === 'environment') return `environment ${origin.variable}`;
  const through = origin.variable === undefined ? '' : `, ${origin.variable}`;
  if (origin.from === 'flag') return `${origin.flag}${through}`;
  const { file, line, column } = origin.at;
  return `${file}:${line}:${column}${origin.stage === undefined ? '' : `, stage ${origin.stage}`}${through}`;
}
