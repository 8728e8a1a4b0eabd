import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod';
import { cliWorld, eventsOf, type Ran } from '../support/cli.ts';

/** Programs read what `--json` writes by the schemas of the package: what is really written must fit them. */

const world = cliWorld();
const [plan, event] = ['plan', 'event'].map((name) => {
  const text = readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8');
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
});

function fits(schema: z.ZodType | undefined, value: unknown): void {
  const checked = schema?.safeParse(value);
  assert.ok(checked?.success, `${JSON.stringify(value)}\n${checked?.error ? z.prettifyError(checked.error) : ''}`);
}

function fitAll(ran: Ran): void {
  for (const each of eventsOf(ran)) fits(event, each);
}

test('plans and events of a life fit their schemas', { timeout: 240_000 }, async () => {
  fits(plan, await world.plan());
  fitAll(await world.ends(0, 'apply --local --yes --json'));
  fits(plan, await world.plan());
  fits(plan, await world.plan('--destroy'));
  fitAll(await world.ends(6, 'destroy --local --yes --json'));
});

test('a run that ends before it begins tells so in the same form', async () => {
  const ran = await world.ends(3, 'plan --json -c nowhere.yaml');
  fitAll(ran);
});

test('the schemas refuse what is no plan and no event', () => {
  assert.equal(plan?.safeParse({ format_version: '1.0' }).success, false);
  assert.equal(event?.safeParse({ type: 'nothing' }).success, false);
  assert.equal(event?.safeParse({ type: 'result', exit_code: 99 }).success, false);
});
