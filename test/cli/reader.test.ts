import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Plan } from '../../compiler/model/change.ts';
import { configOf } from '../../bench/configs.ts';
import { cliWorld } from '../support/cli.ts';

/** More output than a pipe holds, for readers that take it late or not at all. */

const services = 200;
const world = cliWorld(configOf(services));

test('a reader that is slow gets everything', async () => {
  const { process: hello, ended } = world.start('plan --offline --json --full');
  assert.ok(hello.stdout);
  hello.stdout.pause();
  await Promise.race([once(hello, 'exit'), delay(4000)]);
  hello.stdout.resume();
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  const { changes } = JSON.parse(stdout) as Plan;
  assert.ok(changes.length > services);
});

test('a reader that goes is no failure of ours', async () => {
  const { process: hello, ended } = world.start('plan --offline --full');
  hello.stdout?.destroy();
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.equal(stderr, 'Offline: nothing was looked at, so everything counts as missing.\n');
});
