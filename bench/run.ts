/**
 * Benchmarks as ratios within one run: absolute times tell about the machine. Never part of the tests.
 * `npm run bench` prints a table and exits with 0, whatever it finds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { compile } from '../compiler/engine/compile.ts';
import { registry } from '../compiler/kinds/registry.ts';
import { read } from '../compiler/spec/read.ts';
import { specSchema } from '../compiler/spec/schema.ts';
import { interleaved } from './measure.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const config = 'name: bench\nproject: bench-project\ndb: {}\napp: { image: nginx }\n';

/** `hello validate` as a user has it, packed and installed, against the start of Node.js alone. */
function startUp(): void {
  const folder = mkdtempSync(join(tmpdir(), 'hello-bench-'));
  try {
    const npm = (args: readonly string[], cwd: string): string =>
      execFileSync('npm', [...args, '--no-fund', '--no-audit'], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const packed = npm(['pack', '--json', '--pack-destination', folder], root);
    const [tarball] = JSON.parse(packed.slice(packed.search(/^\[/m))) as { filename: string }[];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    writeFileSync(join(folder, 'hello.config.yaml'), config);
    npm(['install', '--prefer-offline', join(folder, tarball?.filename ?? '')], folder);
    const node = (...args: string[]): (() => void) => {
      return () => void execFileSync(process.execPath, args, { cwd: folder, stdio: 'ignore' });
    };
    const times = interleaved(
      { floor: node('-e', '0'), validate: node('node_modules/hello-gke/bin/hello.js', 'validate') },
      15,
    );
    row('hello validate / node -e 0', times.validate / times.floor, times.validate, 'at most 2.5');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configOf(entries: number): string {
  const lines = Array.from({ length: entries }, (_, index) => `  SETTING_${index}: value of ${index}`);
  return `${config}env:\n${lines.join('\n')}\n`;
}

/** How reading and compiling grows with the config, and what it adds to parsing and validating alone. */
function growth(): void {
  const [small, large] = [configOf(100), configOf(1000)];
  const whole = (text: string): (() => void) => {
    return () => {
      const spec = read(text, 'hello.config.yaml', {});
      if (spec.ok) compile(spec.value, registry);
    };
  };
  const floor = (): void => void specSchema.safeParse(parseDocument(large).toJS());
  const times = interleaved({ small: whole(small), large: whole(large), floor }, 40);
  row('read + compile, an entry at 1,000 / at 100', times.large / 10 / times.small, times.large, 'at most 1.3');
  row('read + compile / yaml + zod alone, 1,000 entries', times.large / times.floor, times.large, 'at most 1.5');
}

function row(what: string, ratio: number, ms: number, goal: string): void {
  console.log(`${what.padEnd(50)} ${ratio.toFixed(2).padStart(6)}  (${ms.toFixed(1)} ms; ${goal})`);
}

growth();
startUp();
