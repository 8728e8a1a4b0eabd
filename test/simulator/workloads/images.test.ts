import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../../compiler/simulator/store.ts';
import { commandLine } from '../../../compiler/simulator/workloads/command-line.ts';
import { readDockerfile, type Image } from '../../../compiler/simulator/workloads/dockerfile.ts';
import { createImages } from '../../../compiler/simulator/workloads/images.ts';

function run(
  dockerfile: string,
  container: { command?: string[]; args?: string[]; workingDir?: string } = {},
): string[] {
  const image: Image = { ...readDockerfile(dockerfile), source: '/src', id: 'x' };
  const line = commandLine(image, { name: 'app', image: 'x', ...container }, (text) => text);
  return [line.program === process.execPath ? 'NODE' : line.program, ...line.args, `in ${line.cwd}`];
}

test('the last stage counts, with what it inherits from the stages before', () => {
  const config = readDockerfile(`
ARG TAG=24
FROM node:\${TAG}-slim AS base
WORKDIR /app
ENV NODE_ENV=production MODE="very fast"
ENV TWICE=\${NODE_ENV} NODE_ENV=$MODE \\
    HOME_DIR=$NODE_ENV/\${MISSING:-home}
FROM base AS build
CMD ["npm", "run", "build"]
FROM base
WORKDIR sub
EXPOSE 8080/tcp 9090
CMD ["node", "server.js"]
`);
  assert.deepEqual(config, {
    workdir: '/app/sub',
    // Within one instruction, variables have the values from before it.
    env: { NODE_ENV: 'very fast', MODE: 'very fast', TWICE: 'production', HOME_DIR: 'production/home' },
    entrypoint: [],
    command: ['node', 'server.js'],
    nodeByDefault: true,
    ports: [8080, 9090],
  });
});

test('images of Node start node, whether or not the command says so', () => {
  assert.deepEqual(run('FROM gcr.io/distroless/nodejs24-debian13:nonroot\nWORKDIR /app\nCMD ["runtime/start.js"]'), [
    'NODE',
    'runtime/start.js',
    'in /src',
  ]);
  assert.deepEqual(run('FROM node:24\nWORKDIR /app\nCMD ["node", "/app/dist/main.js"]'), [
    'NODE',
    '/src/dist/main.js',
    'in /src',
  ]);
  assert.deepEqual(run('FROM docker.io/library/node:24@sha256:abc\nWORKDIR /app\nCMD ["main.js"]'), [
    'NODE',
    'main.js',
    'in /src',
  ]);
  assert.deepEqual(run('FROM node:24\nWORKDIR /app\nENTRYPOINT ["node"]\nCMD ["main.js"]'), [
    'NODE',
    'main.js',
    'in /src',
  ]);
});

test('the shell form goes to a shell, and an entrypoint of its own drops an inherited command', () => {
  assert.deepEqual(run('FROM node:24\nCMD node main.js && echo "done"'), [
    '/bin/sh',
    '-c',
    'node main.js && echo "done"',
    'in /src',
  ]);
  assert.deepEqual(run('FROM node:24 AS a\nCMD ["old"]\nFROM a\nENTRYPOINT ["sh", "run.sh"]'), [
    'sh',
    'run.sh',
    'in /src',
  ]);
});

test("a pod's command replaces entrypoint and command, its args the command alone", () => {
  const dockerfile = 'FROM node:24\nWORKDIR /app\nENTRYPOINT ["node"]\nCMD ["main.js"]';
  assert.deepEqual(run(dockerfile, { args: ['other.js'] }), ['NODE', 'other.js', 'in /src']);
  assert.deepEqual(run(dockerfile, { command: ['sh', '-c', 'true'] }), ['sh', '-c', 'true', 'in /src']);
  assert.deepEqual(run(dockerfile, { workingDir: '/app/sub' }), ['NODE', 'main.js', 'in /src/sub']);
});

test('an image that cannot be run is refused with what to do', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hello-images-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const images = createImages(openStore());
  assert.throws(() => images.register('a:1', 'relative'), /absolute path/);
  assert.throws(() => images.register('a:1', join(dir, 'none')), /there is no folder/);
  assert.throws(() => images.register('a:1', dir), /there is no .*Dockerfile/);
  writeFileSync(join(dir, 'Dockerfile'), 'FROM scratch\n');
  assert.throws(() => images.register('a:1', dir), /no ENTRYPOINT and no CMD/);
  writeFileSync(join(dir, 'Dockerfile'), '# nothing\n');
  assert.throws(() => images.register('a:1', dir), /no FROM/);
  assert.equal(images.find('a:1'), undefined);
});

test('an image without a tag is the latest, and a file that a build would make is warned about', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hello-images-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'docker'));
  writeFileSync(join(dir, 'docker', 'Dockerfile'), 'FROM node:24\nWORKDIR /app\nCMD ["node", "dist/main.js"]\n');
  const images = createImages(openStore());
  const { warnings } = images.register('example.com:5000/app', dir, 'docker/Dockerfile');
  assert.deepEqual(warnings, [`the image runs dist/main.js, which is not in ${dir}: build it there first`]);
  assert.ok(images.find('example.com:5000/app:latest'));
  assert.equal(images.find('example.com:5000/app:2'), undefined);
});
