import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after } from 'node:test';
import { parse } from 'yaml';
import type { Change, Plan } from '../../compiler/model/change.ts';
import type { LocalStatus } from '../../compiler/simulator/local-state.ts';
import { clusterRequests } from './cluster-requests.ts';

/** The project of a local cloud, and the region and cluster of the stack. */
export const project = 'hello-local';
export const clusters = `/v1/projects/${project}/locations/us-central1/clusters`;
export const instances = `/v1/projects/${project}/instances`;

/** The config of this repository, built from this repository. */
export const stack = `name: hello-world
cluster: hello-world-cluster
db:
  instance: hello-world-db
  database: hello_world_db
app:
  build: ${resolve('.')}
env:
  GREETING: Hello World
replicas: 3
ports: ['80:5000']
`;
/** The same with one replica: as much as one machine need run where the number is not the matter. */
export const smallStack: string = stack.replace('replicas: 3', 'replicas: 1');

/** A run of the program, as the shell sees it. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** A run that is under way. */
export interface Running {
  readonly process: ChildProcess;
  /** All that it has written so far, to either stream. */
  output(): string;
  readonly ended: Promise<Ran>;
}

/** A project folder of a user with a local cloud of its own, and the program as the user runs it. */
export interface CliWorld {
  readonly folder: string;
  /** Where the local cloud keeps everything. */
  readonly store: string;
  /** Everything that any run has written. */
  readonly written: string[];
  write(config: string): void;
  /** Runs `hello` to its end. */
  hello(line: string | readonly string[], env?: Env): Promise<Ran>;
  /** The same, and fails unless it ends with this exit code. */
  ends(code: number, line: string | readonly string[], env?: Env): Promise<Ran>;
  /** `input` is what it reads; without any its stdin is closed. */
  start(line: string | readonly string[], env?: Env, input?: string): Running;
  /** The plan as data. */
  plan(more?: string): Promise<Plan>;
  status(): Promise<LocalStatus>;
  /** Asks a Google API, or the local cloud itself, behind hello's back. */
  google<T = Json>(method: string, path: string, body?: unknown): Promise<T>;
  /** Asks the cluster behind hello's back. */
  kube<T = Json>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Stops the local cloud and removes it; the folder stays. */
  reset(): Promise<void>;
}

export type Json = Readonly<Record<string, unknown>>;

/** What may be other than usual. */
export interface CliOptions {
  /** Nothing that a test starts takes this long: a run that hangs is ended, and fails for its exit code. */
  readonly runMsMax?: number;
}

const program = resolve('bin/hello.js');

/** Made once for a file of tests; it is stopped and removed after them. */
export function cliWorld(config: string = smallStack, { runMsMax = 120_000 }: CliOptions = {}): CliWorld {
  const folder = mkdtempSync(join(tmpdir(), 'hello-cli-'));
  const store = join(folder, '.hello', 'local');
  mkdirSync(join(folder, 'home'));
  const written: string[] = [];
  const kubeconfig = join(store, 'kubeconfig');
  const requests = clusterRequests(kubeconfig);
  const start = (line: string | readonly string[], env: Env = {}, input?: string): Running =>
    launch({ folder, args: split(line), env, written, input, runMsMax });
  const world: CliWorld = {
    folder,
    store,
    written,
    write: (text) => writeFileSync(join(folder, 'hello.config.yaml'), text),
    start,
    hello: async (line, env) => start(line, env).ended,
    async ends(code, line, env) {
      const ran = await start(line, env).ended;
      assert.equal(ran.code, code, `hello ${String(line)}: ${ran.signal ?? ''}\n${ran.stdout}${ran.stderr}`);
      return ran;
    },
    async plan(more = '') {
      const { stdout } = await world.hello(`plan --local --json ${more}`);
      return JSON.parse(stdout) as Plan;
    },
    async status() {
      const { running, ...status } = JSON.parse((await world.ends(0, 'local status --json')).stdout);
      assert.equal(running, true);
      return status as LocalStatus;
    },
    google: async <T>(method: string, path: string, body?: unknown) => askGoogle(store, method, path, body) as T,
    kube: requests.ask,
    async reset() {
      requests.close();
      await world.ends(0, 'local reset');
    },
  };
  world.write(config);
  after(async () => {
    try {
      await world.reset();
    } finally {
      // A local cloud whose folder is gone ends by itself.
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return world;
}

function split(line: string | readonly string[]): readonly string[] {
  return typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
}

interface Launch {
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Env;
  readonly written: string[];
  readonly input: string | undefined;
  readonly runMsMax: number;
}

function launch({ folder, args, env, written, input, runMsMax }: Launch): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...cleanEnv(folder), ...env },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => undefined); // it need not read what it is given
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { promise, resolve: done, reject } = Promise.withResolvers<Ran>();
  const limit = setTimeout(() => child.kill('SIGKILL'), runMsMax);
  child.once('error', reject);
  child.once('close', (code, signal) => {
    clearTimeout(limit);
    written.push(stdout, stderr);
    done({ code, signal, stdout, stderr });
  });
  return { process: child, output: () => stdout + stderr, ended: promise };
}

/** What a newcomer's shell has: nothing of Google Cloud, and a home without credentials. */
function cleanEnv(folder: string): Env {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return { PATH: path, HOME: join(folder, 'home'), LANG: 'C.UTF-8', HELLO_LOCAL_SPEED: '1000' };
}

async function askGoogle(store: string, method: string, path: string, body: unknown): Promise<unknown> {
  const state = JSON.parse(readFileSync(join(store, 'local.json'), 'utf8')) as { url: string; token: string };
  const headers = { authorization: `Bearer ${state.token}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${state.url}${path}`, { method, headers, ...sent });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as unknown;
}

/** The changes of a plan that are any: address, and what is done to which fields. */
export function changesOf(plan: Plan): Record<string, string> {
  const changes = plan.changes.filter((change) => change.action !== 'noop');
  return Object.fromEntries(changes.map((change) => [change.id, wordsOf(change)]));
}

function wordsOf(change: Change): string {
  if (change.action === 'create' || !('fields' in change)) return change.action;
  return [change.action, ...change.fields.map((field) => field.path)].join(' ');
}

/** The last line of what was written to stdout: where an apply says the URL. */
export function lastLine(ran: Ran): string {
  return ran.stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** One answer of the app, over a connection of its own. */
export async function greet(url: string): Promise<{ readonly text: string; readonly replica: string | null }> {
  const response = await fetch(new URL('greeting/1', url), {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(10_000),
  });
  assert.equal(response.status, 200);
  return { text: (await response.text()).trim(), replica: response.headers.get('x-replica') };
}

/** Who answers, over so many connections. */
export async function replicasAt(url: string, tries = 20): Promise<Set<string | null>> {
  const all = await Promise.all(Array.from({ length: tries }, async () => greet(url)));
  return new Set(all.map(({ replica }) => replica));
}

/** Lines of JSON, each an event. */
export function eventsOf(ran: Ran): (Json & { readonly type: string })[] {
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json & { type: string });
}

/** The parsed YAML or JSON of a file in the world's folder; undefined when there is none. */
export function readData(file: string): unknown {
  return existsSync(file) ? (parse(readFileSync(file, 'utf8')) as unknown) : undefined;
}
