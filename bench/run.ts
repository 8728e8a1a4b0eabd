/**
 * Benchmarks, each in a file of its own and as ratios within one run: absolute times tell about the machine. Never part of
 * the tests. `npm run bench` runs all, `npm run bench start-up` one; it exits with 0, whatever it finds.
 */
import { compiling } from './compiling.ts';
import { kubernetesApi } from './kubernetes-api.ts';
import { livePlan } from './live-plan.ts';
import { offlinePlan } from './offline-plan.ts';
import type { Benchmark } from './report.ts';
import { startUp } from './start-up.ts';

const all: Readonly<Record<string, Benchmark>> = {
  'start-up': startUp,
  compiling,
  'offline-plan': offlinePlan,
  'live-plan': livePlan,
  'kubernetes-api': kubernetesApi,
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !Object.hasOwn(all, name));
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}, but: ${Object.keys(all).join(', ')}.`);
  process.exit(3);
}
for (const [name, benchmark] of Object.entries(all)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n${name}: ${benchmark.about}`);
  await benchmark.run();
}
