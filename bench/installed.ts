import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** A folder in which hello is installed from its package, as a user has it. */
export interface Installed {
  readonly folder: string;
  /** The arguments of Node.js that start it. */
  readonly hello: readonly string[];
}

/** Packs and installs hello, and removes it in the end. */
export async function withInstalled(use: (installed: Installed) => Promise<void> | void): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const packed = npm(['pack', '--json', '--pack-destination', folder], root);
    const [tarball] = JSON.parse(packed.slice(packed.search(/^\[/m))) as { filename: string }[];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    npm(['install', '--prefer-offline', join(folder, tarball?.filename ?? '')], folder);
    await use({ folder, hello: [join(folder, 'node_modules/hello-gke/bin/hello.js')] });
  });
}

/** A folder of its own for what a benchmark writes. */
export async function inTemporaryFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hello-bench-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs npm, and gives what it printed. Throws when it fails. */
export function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args, '--no-fund', '--no-audit'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer,
  });
}

/** A run of a program, which has to succeed, for a round. */
export function command(program: string, args: readonly string[], cwd: string, env = process.env): () => void {
  return () => void execFileSync(program, args, { cwd, env, stdio: 'ignore' });
}

/** What a program prints, which has to succeed. */
export function outputOf(program: string, args: readonly string[], cwd: string, env = process.env): string {
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer });
}

const maxBuffer = 64 << 20;

/** Whether the machine has a program. */
export function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** The most memory that a run of Node.js with these arguments holds, in MB. */
export function peakMegabytes(args: readonly string[], cwd: string, env = process.env): number {
  const tell = `process.on('exit', () => process.getBuiltinModule('fs').writeSync(3, String(process.resourceUsage().maxRSS)))`;
  const { output } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, ...args],
    {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
  return Math.round(Number(String(output[3])) / 1024);
}
