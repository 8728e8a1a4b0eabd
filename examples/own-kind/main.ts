/** Plans a config with a kind of its own beside those of hello. */
import { readFile } from 'node:fs/promises';
import { kinds, plan, read } from 'hello-gke';
import { resourceQuota } from './resource-quota.ts';

const file = new URL('hello.config.yaml', import.meta.url);
const spec = read(await readFile(file, 'utf8'), 'hello.config.yaml', process.env);
if (!spec.ok) throw new Error(spec.problems.map((each) => each.message).join('\n'));

const { changes } = await plan(spec.value, { kinds: [...kinds, resourceQuota] });
for (const change of changes) console.log(`${change.action} ${change.id}`);
process.exit(0);
