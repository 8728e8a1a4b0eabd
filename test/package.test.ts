import assert from 'node:assert/strict';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from './support/http-server.ts';
import { isOffline, run } from './support/npm.ts';
import type { Ran } from './support/npm.ts';

/** The package as a stranger gets it: packed, installed into an empty folder, used from there. */

const root = fileURLToPath(new URL('../', import.meta.url));
let folder = '';
let files: readonly string[] = [];
let install: Ran;

const config = `name: packaged
project: packaged-project
db: {}
app: { image: nginx }
`;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hello-package-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], root);
  assert.equal(packed.code, 0, packed.stderr);
  // The build that packing starts writes to the same stream, before the JSON.
  const [tarball]: { filename: string; files: { path: string }[] }[] = JSON.parse(
    packed.stdout.slice(packed.stdout.search(/^\[/m)),
  );
  assert.ok(tarball);
  files = tarball.files.map(({ path }) => path);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, 'hello.config.yaml'), config);
  install = await run(
    'npm',
    ['install', '--prefer-offline', '--no-fund', '--no-audit', join(folder, tarball.filename)],
    folder,
  );
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Whether the package is there to be used; the test is skipped when it could not be fetched what it depends on. */
function installed(t: TestContext): boolean {
  if (isOffline(install)) {
    t.skip('the npm registry is not reachable');
    return false;
  }
  assert.equal(install.code, 0, install.stderr);
  return true;
}

const program = 'node_modules/hello-gke/bin/hello.js';
const hello = (...args: string[]) => run('npx', ['--no-install', 'hello', ...args], folder);

test('holds the program, its types, the schemas and the app, and no sources of the compiler or tests', () => {
  const wanted = ['bin/hello.js', 'dist/compiler/index.js', 'dist/compiler/index.d.ts', 'dist/compiler/cli/main.js'];
  const deployed = [
    'Dockerfile',
    '.dockerignore',
    'runtime/package.json',
    'runtime/main.ts',
    'runtime/start.js',
    'dist/runtime/main.js',
  ];
  for (const path of [...wanted, ...deployed, 'schemas/hello.config.schema.json', 'README.md', 'LICENSE']) {
    assert.ok(files.includes(path), `${path} is missing`);
  }
  assert.deepEqual(
    files.filter((path) => /^(compiler|test|tools|bench|examples)\//.test(path)),
    [],
  );
});

test('tells the licenses of the packages that are in its bundle', async (t) => {
  if (!installed(t)) return;
  const licenses = readFileSync(join(folder, 'node_modules/hello-gke/dist/licenses.txt'), 'utf8');
  for (const name of ['commander', 'cosmiconfig', 'openid-client', 'yaml', 'zod'])
    assert.match(licenses, new RegExp(`^${name} \\d`, 'm'));
});

test('writes a config from its template', async (t) => {
  if (!installed(t)) return;
  const fresh = mkdtempSync(join(tmpdir(), 'hello-fresh-'));
  t.after(() => rmSync(fresh, { recursive: true, force: true }));
  const { code, stderr } = await run(
    process.execPath,
    [join(folder, program), 'init', '--yes', '--name', 'fresh'],
    fresh,
  );
  assert.equal(code, 0, stderr);
  assert.match(readFileSync(join(fresh, 'hello.config.yaml'), 'utf8'), /^name: fresh$/m);
});

test('has every file that the code reads beside itself', () => {
  const data = globSync('{compiler,runtime}/**/*.*', { cwd: root }).filter((path) => !/\.(ts|js)$/.test(path));
  assert.ok(data.length > 0);
  for (const path of data) assert.ok(files.includes(`dist/${path}`), `dist/${path} is missing`);
});

test('validates a config', async (t) => {
  if (!installed(t)) return;
  const { code, stderr } = await hello('validate');
  assert.equal(code, 0, stderr);
});

test('validates a config without a cloud client, the local cloud, the network or another process', async (t) => {
  if (!installed(t)) return;
  const { ran, loaded, builtins } = await whatLoads(['validate']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(loaded.includes('hello-gke/dist/compiler/cli/main.js'), loaded.join('\n'));
  assert.deepEqual(
    loaded.filter((file) => !/^hello-gke\/(bin|dist\/compiler\/(cli|chunks))\/[\w.-]+$/.test(file)),
    [],
  );
  const code = loaded.map((file) => readFileSync(join(folder, 'node_modules', file), 'utf8')).join('\n');
  assert.doesNotMatch(code, /fieldManager|googleapis\.com\/auth/, 'a client of a cloud is among what it loads');
  const heavy = /^NativeModule (child_process|crypto|dgram|dns|https?|http2|net|readline|stream|tls|worker_threads)$/;
  assert.ok(builtins.includes('NativeModule fs'));
  assert.deepEqual(
    builtins.filter((name) => heavy.test(name)),
    [],
  );
});

test('reads a kubeconfig without loading the models of all kinds', async (t) => {
  if (!installed(t)) return;
  const server = await serve(t, () => ({ status: 403, body: { kind: 'Status', message: 'no' } }));
  const cluster = { name: 'c', cluster: { server: server.url } };
  const context = { name: 'here', context: { cluster: 'c', user: 'u' } };
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters: [cluster], contexts: [context], users: [] };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  writeFileSync(
    join(folder, 'existing.yaml'),
    'name: packaged\nproject: packaged-project\ncluster: { existing: { context: here } }\nservices: {}\n',
  );
  const { ran, loaded } = await whatLoads(['plan', '--config', 'existing.yaml'], {
    KUBECONFIG: join(folder, 'kubeconfig'),
  });
  assert.equal(ran.code, 4, ran.stderr);
  assert.ok(server.seen.length > 0);
  assert.deepEqual(
    loaded.filter((file) => !file.startsWith('hello-gke/')),
    [],
  );
});

/** Runs hello, and tells the files of packages that it loaded, and the parts of Node.js. */
async function whatLoads(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly ran: Ran; readonly loaded: readonly string[]; readonly builtins: readonly string[] }> {
  const report = join(folder, 'loaded.json');
  const watch = `const { registerHooks } = process.getBuiltinModule('node:module');
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
const { writeFileSync } = process.getBuiltinModule('node:fs');
process.on('exit', () => writeFileSync(${JSON.stringify(report)}, JSON.stringify({ urls, builtins: process.moduleLoadList })));`;
  writeFileSync(join(folder, 'watch.mjs'), watch);
  const ran = await run(process.execPath, ['--import', './watch.mjs', program, ...args], folder, env);
  const { urls, builtins } = JSON.parse(readFileSync(report, 'utf8')) as Readonly<
    Record<'urls' | 'builtins', readonly string[]>
  >;
  const paths = urls.filter((url) => url.startsWith('file:'));
  return { ran, loaded: paths.map((url) => url.replace(/^.*\/node_modules\//, '')), builtins };
}

test('explains a mistake in a config and ends with 3', async (t) => {
  if (!installed(t)) return;
  writeFileSync(join(folder, 'wrong.yaml'), 'name: packaged\nreplica: 3\n');
  const { code, stdout, stderr } = await hello('validate', '--config', 'wrong.yaml');
  assert.equal(code, 3, stderr);
  assert.match(stdout + stderr, /wrong\.yaml:2:1[^]*did you mean/i);
});

test('plans on the local cloud', async (t) => {
  if (!installed(t)) return;
  t.after(() => hello('local', 'stop'));
  const { code, stdout, stderr } = await hello('plan', '--local');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\s*\+ /m);
});

test('can be imported as a library', async (t) => {
  if (!installed(t)) return;
  const script = `import { read, compile } from 'hello-gke'; console.log(typeof read, typeof compile);`;
  const { code, stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], folder);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'function function\n');
});

test('runs the library example against the local cloud', async (t) => {
  if (!installed(t)) return;
  cpSync(join(root, 'examples/library'), join(folder, 'example'), { recursive: true });
  t.after(() => hello('local', 'stop'));
  const started = await hello('local', 'start');
  assert.equal(started.code, 0, started.stderr);
  const script = 'eval "$(npx --no-install hello local env)" && exec node example/main.ts';
  const { code, stdout, stderr } = await run('sh', ['-c', script], folder);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\d+ resources$/m);
  assert.match(stdout, /^create google\.cluster\//m);
});

test('has types that a strict program can use', async (t) => {
  if (!installed(t)) return;
  writeFileSync(join(folder, 'use.ts'), `import { read } from 'hello-gke';\nexport const wrong: number = read;\n`);
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', '--types', ''];
  const { code, stdout } = await run(join(root, 'node_modules/.bin/tsc'), [...flags, 'use.ts'], folder);
  // One mistake, and it is ours: `read` has a type, and it is that of a function.
  assert.notEqual(code, 0);
  assert.equal(stdout.match(/error TS/g)?.length, 1, stdout);
  assert.match(stdout, /use\.ts\(2,14\): error TS2322: Type '\(.*\) => .*' is not assignable to type 'number'/);
});

test('starts the app that it brings', async (t) => {
  if (!installed(t)) return;
  const { code, stderr } = await run(process.execPath, ['node_modules/hello-gke/runtime/start.js'], folder, {
    PORT: 'none',
  });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /PORT must be a whole number/);
});
