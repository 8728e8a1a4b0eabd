/**
 * Plans and applies a config from a program of your own, and tells what happens as it happens.
 * `node main.ts` talks to Google Cloud; endpoints and credentials come from the environment, as for the command.
 */
import { readFile } from 'node:fs/promises';
import { apply, compile, hasChanges, plan, read, Refusal, type Event } from 'hello-gke';

const file = new URL('hello.config.yaml', import.meta.url);
const result = read(await readFile(file, 'utf8'), 'hello.config.yaml', process.env);
if (!result.ok) {
  for (const { code, message, fix, at } of result.problems) {
    console.error(`${at?.file}:${at?.line}: ${code} ${message}. ${fix ?? ''}`);
  }
  process.exit(3);
}
const spec = result.value;

console.log(`${compile(spec).resources.size} resources`);

try {
  const before = await plan(spec);
  for (const change of before.changes) console.log(`${change.action} ${change.id}`);
  if (process.argv.includes('--apply') && hasChanges(before)) {
    const applied = await apply(spec, { onEvent: tell });
    process.exit(applied.exit);
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  for (const { code, message, fix } of error.problems) console.error(`${code} ${message}. ${fix ?? ''}`);
  process.exit(4);
}
process.exit(0);

function tell(event: Event): void {
  if (event.type === 'step_complete') console.log(`${event.address}: ${event.action} in ${event.elapsed_ms} ms`);
  if (event.type === 'step_failed') console.error(`${event.address}: ${event.diagnostic.message}`);
}
