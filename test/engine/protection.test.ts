import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardedStage, refusedByStage } from '../../compiler/protection.ts';
import { read } from '../../compiler/spec/read.ts';
import type { Spec } from '../../compiler/spec/spec.ts';
import { box, toyKind, toyRun, toyWorld } from '../support/toy.ts';

function specOfStage(stage: string): Spec {
  const text = 'name: shop\nstages: { dev: , prod: }';
  const result = read(text, 'f', { GOOGLE_CLOUD_PROJECT: 'my-project' }, [], { stage });
  assert.ok(result.ok);
  return result.value;
}

test('a protected stage is guarded until it is named, and only by its own name', () => {
  assert.equal(guardedStage(specOfStage('prod'), undefined), 'prod');
  assert.equal(guardedStage(specOfStage('prod'), 'dev'), 'prod');
  assert.equal(guardedStage(specOfStage('prod'), 'prod'), undefined);
  assert.equal(guardedStage(specOfStage('dev'), undefined), undefined);
});

test('data of a guarded stage is kept, also when it is named', async () => {
  const world = toyWorld();
  const live = toyKind(world, [box('a')], { losesData: 'its tables' });
  const first = toyRun([live]);
  await first.apply(await first.prepare());
  const resized = toyKind(world, [box('a', { size: 2 })], { losesData: 'its tables' });
  for (const [kind, mode] of [
    [resized, 'apply'],
    [live, 'destroy'],
  ] as const) {
    const guarded = toyRun([kind], { allowDataLoss: ['a'], guardedStage: 'prod' });
    const [change] = (await guarded.prepare(mode)).plan.changes;
    assert.equal(change?.action, 'refuse');
    assert.match(change.problem.fix ?? '', /--allow-data-loss a --allow-protected prod/);
    const allowed = toyRun([kind], { allowDataLoss: ['a'] });
    assert.notEqual((await allowed.prepare(mode)).plan.changes[0]?.action, 'refuse');
  }
});

test('what holds no data changes in a guarded stage as anywhere', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('a')])], { guardedStage: 'prod' });
  await run.apply(await run.prepare());
  const next = toyRun([toyKind(world, [box('a', { size: 2 })])], { guardedStage: 'prod' });
  assert.equal((await next.prepare()).plan.changes[0]?.action, 'replace');
});

test('a guarded stage is not destroyed, and one that is gone needs no permission', async () => {
  const world = toyWorld();
  const run = toyRun([toyKind(world, [box('a')])]);
  const nothing = (await run.prepare('destroy')).plan;
  assert.equal(refusedByStage('prod', nothing), undefined);
  await run.apply(await run.prepare());
  const { plan } = await run.prepare('destroy');
  assert.equal(refusedByStage('prod', plan)?.code, 'HELLO5006');
  assert.equal(refusedByStage(undefined, plan), undefined);
  assert.equal(refusedByStage('prod', (await run.prepare('apply')).plan), undefined);
});
