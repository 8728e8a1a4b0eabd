import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath } from '../../compiler/spec/value-path.ts';
import { appIn, appOf, problemsIn, specIn, surroundings } from './reading.ts';

const text = 'name: web\nreplicas: 2\nports: ["80:5000"]\nenv: { A: a }\nstages: { dev: { replicas: 4 } }\n';

test('overrides come after the stage, the last one last', () => {
  assert.equal(appIn(text).replicas, 4);
  assert.equal(appIn(text, { set: ['replicas=5', 'replicas=6'] }).replicas, 6);
});

test('an override is YAML at a path; groups on the way are made', () => {
  const spec = specIn(text, {
    set: [
      'db.tier=db-g1-small',
      'ports[1]={ port: 81, target: 5001 }',
      'env={ B: 1e3, C: "2" }',
      'env.D=1.10',
      'env.E=',
    ],
  });
  assert.equal(spec.db?.tier, 'db-g1-small');
  assert.deepEqual(appOf(spec).ports[1], { name: 'port-81', port: 81, target: 5001, reach: 'public' });
  assert.deepEqual(appOf(spec).env, { B: '1000', C: '2', D: '1.10', E: '' });
});

test('null removes', () => {
  assert.equal(appIn(text, { set: ['replicas=null'] }).replicas, 3);
  assert.deepEqual(appIn(text, { set: ['env.A=null'] }).env, {});
  assert.deepEqual(appIn(text, { set: ['ports[1]=81:1', 'ports[0]=null'] }).ports, [
    { name: 'port-81', port: 81, target: 1, reach: 'public' },
  ]);
});

test('variables are looked up in overrides, and see them', () => {
  const spec = specIn(text, { set: ['env.A=${env:TIER}', 'env.B=${self:replicas}', 'replicas=7'] });
  assert.deepEqual(appOf(spec).env, { A: 'db-custom-1-3840', B: '7' });
});

test('what is wrong with an override is told with its flag, not with a place in the file', () => {
  const set = ['replicas=x', 'foo.bar=1', 'env.B=${env:NONE}', 'ports[0]="80"', 'db.tierr=a'];
  assert.deepEqual(problemsIn(text, { set }), [
    'HELLO1012 --set env.B=${env:NONE} | the environment variable NONE is not set',
    'HELLO1004 --set db.tierr=a | unknown key `db.tierr`',
    'HELLO1005 --set replicas=x | `replicas` must be a whole number, or `min: 2` and `max: 10`, not "x"',
    'HELLO1005 --set ports[0]="80" | `ports[0]` must be a pair like "80:5000": the public port, then the port of the app, not "80"',
    'HELLO1004 --set foo.bar=1 | unknown key `foo`',
  ]);
});

test('what is wrong in the file stays where it is when another part is overridden', () => {
  assert.deepEqual(problemsIn('name: web\ndb: { tierr: x }\n', { set: ['db.user=me'] }), [
    'HELLO1004 2:7 tierr | unknown key `db.tierr`',
  ]);
});

test('a flag that is no override is refused, all of them in one run', () => {
  const set = ['replicas', '=3', 'a..b=1', 'env.A=[', 'stages.dev.replicas=1'];
  assert.deepEqual(
    problemsIn(text, { set }).map((each) => each.replace(/: .*/, '')),
    [
      'HELLO1010 --set replicas | `--set` takes a path and a value',
      'HELLO1010 --set =3 | `--set` takes a path and a value',
      'HELLO1010 --set a..b=1 | `a..b` is no path to a key',
      'HELLO1010 --set env.A=[ | the value is not valid YAML',
      'HELLO1010 --set stages.dev.replicas=1 | `--set` changes the chosen stage, not `stages`',
    ],
  );
  assert.deepEqual(problemsIn(text, { set: ['ports[5]=81:1'] }), [
    'HELLO1010 --set ports[5]=81:1 | `ports[5]` is beyond the end of the list',
  ]);
});

test('an override that hurts the parser is refused as any other', () => {
  for (const value of ['*a', '&a [*a]', '['.repeat(5000), 'a: b: c', '\u0000']) {
    assert.match(problemsIn(text, { set: [`env.A=${value}`] })[0] ?? '', /HELLO1010 .* is not valid YAML/);
  }
});

test('an override cannot reach into the objects of JavaScript', () => {
  assert.deepEqual(problemsIn(text, { set: ['__proto__.polluted=1'] }), [
    'HELLO1004 --set __proto__.polluted=1 | unknown key `__proto__`',
  ]);
  assert.deepEqual(problemsIn(text, { set: ['env.__proto__=x'] }), [
    'HELLO1004 --set env.__proto__=x | unknown key `env.__proto__`',
  ]);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('the project may be overridden where no stage is pinned', () => {
  assert.equal(specIn('name: web', { set: ['project=other-project'] }, surroundings).project, 'other-project');
});

test('paths are words, numbers in brackets, and quoted keys', () => {
  assert.deepEqual(parsePath('a.b-c[0].d["e.f"][1]'), ['a', 'b-c', 0, 'd', 'e.f', 1]);
  for (const wrong of ['', '.a', 'a.', 'a..b', 'a[x]', 'a[0]b', 'a b', 'a[-1]', '["']) {
    assert.equal(parsePath(wrong), undefined, wrong);
  }
});
