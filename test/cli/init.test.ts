import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';

const program = resolve('bin/hello.js');

interface Ran {
  readonly code: number | null;
  readonly stderr: string;
}

/** A folder of a user, and `hello` run in it. */
function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'hello-init-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function hello(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const home = { PATH: process.env['PATH'], HOME: join(cwd, 'home'), ...env };
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { cwd, env: home, encoding: 'utf8' });
  return { code: status, stderr };
}

function written(root: string): Readonly<Record<string, unknown>> {
  return parse(readFileSync(join(root, 'hello.config.yaml'), 'utf8')) as Record<string, unknown>;
}

test('sees name, port, project and database in the folder, and writes a config that is valid', (t) => {
  const root = folder(t, {
    Dockerfile: 'FROM node:24\nENV PORT=1\nEXPOSE 3000/tcp\n',
    '.git/config': '[remote "origin"]\n\turl = git@example.com:acme/My.Shop.git\n',
    'home/.config/gcloud/active_config': 'work\n',
    'home/.config/gcloud/configurations/config_work': '[core]\naccount = me\nproject = shop-project\n',
    'package.json': '{ "dependencies": { "pg": "8" } }',
  });
  const { code, stderr } = hello(root, ['init', '--yes']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(written(root), {
    name: 'my-shop',
    project: 'shop-project',
    app: { build: '.' },
    ports: ['80:3000'],
    replicas: 2,
    db: {},
  });
  assert.match(readFileSync(join(root, 'hello.config.yaml'), 'utf8'), /^# yaml-language-server: \$schema=/);
  assert.equal(hello(root, ['validate']).code, 0);
});

test('takes a sample image where there is nothing to build, and says so', (t) => {
  const root = folder(t, { '.env': 'PORT=4000\n' });
  const { code, stderr } = hello(root, ['init', '--yes', '--name', 'bare']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /There is no Dockerfile here/);
  const { name, app, ports } = written(root);
  assert.equal(name, 'bare');
  assert.match((app as { image: string }).image, /hello-app/);
  assert.deepEqual(ports, ['80:4000']);
  assert.equal(hello(root, ['validate'], { GOOGLE_CLOUD_PROJECT: 'some-project' }).code, 0);
});

test('never overwrites a config, in whatever form it is there', (t) => {
  for (const [name, text] of [
    ['hello.config.yaml', 'name: mine\n'],
    ['hello.config.json', '{"name":"mine"}'],
    ['hello.config.yaml', 'nonsense: ['],
  ] as const) {
    const root = folder(t, { [name]: text });
    const { code, stderr } = hello(root, ['init', '--yes']);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /there is a config already/);
    assert.equal(readFileSync(join(root, name), 'utf8'), text);
  }
});

test('writes nothing for an answer that would not be valid', (t) => {
  const root = folder(t, {});
  const { code, stderr } = hello(root, ['init', '--yes', '--name', 'Not A Name']);
  assert.equal(code, 3);
  assert.match(stderr, /HELLO100[57]/);
  assert.throws(() => written(root), /ENOENT/);
});

test('asks on a terminal, and takes what is proposed for an empty answer', (t) => {
  if (spawnSync('script', ['--version']).error) return t.skip('script is not on PATH');
  const root = folder(t, { Dockerfile: 'FROM node:24\nEXPOSE 3000\n' });
  const env = { PATH: process.env['PATH'], HOME: root, TERM: 'xterm' };
  const line = `${process.execPath} ${program} init`;
  execFileSync('script', ['-qec', line, '/dev/null'], { cwd: root, env, input: 'asked\nsome-project\n\ny\n' });
  const { name, project, ports, db } = written(root);
  return assert.deepEqual(
    { name, project, ports, db },
    { name: 'asked', project: 'some-project', ports: ['80:3000'], db: {} },
  );
});
