import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diskSources } from '../../compiler/spec/disk-sources.ts';
import { problemsIn, specIn } from './reading.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'hello-sources-')));
const folder = join(root, 'project');
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(folder, 'conf'), { recursive: true });
writeFileSync(join(root, 'outside.txt'), 'outside');
writeFileSync(join(folder, 'conf', 'db.yaml'), 'tier: db-g1-small\n');
writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
writeFileSync(join(folder, '..notes.txt'), 'inside');
writeFileSync(join(folder, 'huge.txt'), 'x'.repeat(1024 * 1024 + 1));
writeFileSync(join(folder, 'binary.bin'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x00, 0xff]));
writeFileSync(join(folder, 'nul.txt'), 'a\0b');
symlinkSync(join(root, 'outside.txt'), join(folder, 'link.txt'));
symlinkSync('loop.txt', join(folder, 'loop.txt'));

const sources = diskSources(folder);

test('reads files below the folder of the config', () => {
  assert.deepEqual(sources.readFile('conf/db.yaml'), { is: 'text', text: 'tier: db-g1-small\n' });
  assert.deepEqual(sources.readFile('./conf/../..notes.txt'), { is: 'text', text: 'inside' });
  assert.equal(specIn('name: web\ndb: ${file:conf/db.yaml}', { sources }).db?.tier, 'db-g1-small');
});

test('reads nothing outside of it, be it by dots, a link or a full path, unless allowed', () => {
  for (const path of ['../outside.txt', 'link.txt', join(root, 'outside.txt'), 'conf/../../outside.txt']) {
    assert.deepEqual(sources.readFile(path), { is: 'outside' }, path);
    assert.deepEqual(diskSources(folder, { allowOutside: true }).readFile(path), { is: 'text', text: 'outside' }, path);
  }
  assert.deepEqual(sources.readFile('../not-there.txt'), { is: 'outside' });
});

test('a file that is not there comes with its neighbours', () => {
  assert.deepEqual(sources.readFile('conf/bd.yaml'), { is: 'missing', near: ['db.yaml'] });
  assert.deepEqual(sources.readFile('nowhere/at/all'), { is: 'missing', near: [] });
  assert.deepEqual(problemsIn('name: web\ndb: ${file:conf/bd.yaml}', { sources }), [
    'HELLO1012 2:5 ${file:conf/bd.yaml} | there is no file `conf/bd.yaml`',
  ]);
});

test('what is no text of a reasonable size cannot be used', () => {
  const why = (path: string): string => {
    const answer = sources.readFile(path);
    return answer.is === 'unusable' ? answer.why : answer.is;
  };
  assert.equal(why('huge.txt'), 'it is larger than 1 MiB');
  assert.equal(why('binary.bin'), 'it is not text in UTF-8');
  assert.equal(why('nul.txt'), 'it is not text');
  assert.equal(why('conf'), 'it is a folder');
  assert.equal(why('loop.txt'), 'its links lead in a circle');
  assert.equal(why('a\0b'), 'its name holds a NUL byte');
});

test('git tells the commit and the branch, and nothing where there is none', (t) => {
  assert.equal(diskSources(join(root, 'not-there')).git('sha'), undefined);
  const repository = join(root, 'repository');
  mkdirSync(repository);
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-C', repository, ...words], {
      encoding: 'utf8',
    }).trim();
  try {
    git('init', '--quiet', '--initial-branch=trunk');
  } catch {
    t.skip('git is not on PATH');
    return;
  }
  const found = diskSources(repository);
  assert.deepEqual([found.git('sha'), found.git('branch')], [undefined, 'trunk']);
  git('commit', '--quiet', '--allow-empty', '-m', 'first');
  assert.equal(found.git('sha'), git('rev-parse', 'HEAD'));
  git('checkout', '--quiet', '--detach');
  assert.equal(found.git('branch'), undefined);
});
