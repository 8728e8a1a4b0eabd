import { formatPath } from '../../base/json.ts';
import { workloads, type Check, type Finding } from './rule.ts';

/**
 * What Autopilot takes as it is in its general-purpose class; it raises what is smaller and refuses what is larger:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
 */
const autopilot = { cpuMin: 0.05, cpuMax: 30, gibMin: 52 / 1024, gibMax: 110, gibPerCpuMin: 1, gibPerCpuMax: 6.5 };

const suffixes: Readonly<Record<string, number>> = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** The number that a quantity stands for: 250m is 0.25, 1Ki is 1024. */
function amountOf(quantity: string): number {
  const [, digits = '', suffix = ''] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
  return Number(digits) * (suffixes[suffix] ?? Number.NaN);
}

/** What a copy gets is what Autopilot gives: no silent change, and none that is refused in the middle of a rollout. */
export const resourcesAreLegal: Check = ({ spec }) => {
  if ('existing' in spec.cluster) return []; // it need not be an Autopilot cluster
  return workloads(spec).flatMap(({ resources, path }) => {
    const found = wrongIn(amountOf(resources.cpu), amountOf(resources.memory) / 2 ** 30, resources);
    if (!found) return [];
    const { key, message, fix } = found;
    const place = [...path, 'resources', key];
    return [{ code: 'HELLO1019', path: place, message: `\`${formatPath(place)}\`: ${message}`, fix } satisfies Finding];
  });
};

interface Wrong {
  readonly key: 'cpu' | 'memory';
  readonly message: string;
  readonly fix: string;
}

function wrongIn(cpu: number, gib: number, said: { readonly cpu: string; readonly memory: string }): Wrong | undefined {
  const { cpuMin, cpuMax, gibMin, gibMax, gibPerCpuMin, gibPerCpuMax } = autopilot;
  if (cpu < cpuMin || cpu > cpuMax)
    return { key: 'cpu', message: `Autopilot does not run a pod with ${said.cpu} CPU`, fix: 'Write 50m to 30.' };
  if (gib < gibMin || gib > gibMax)
    return { key: 'memory', message: `Autopilot does not run a pod with ${said.memory}`, fix: 'Write 52Mi to 110Gi.' };
  const [least, most] = [cpu * gibPerCpuMin, cpu * gibPerCpuMax].map(mebibytes);
  if (gib >= cpu * gibPerCpuMin && gib <= cpu * gibPerCpuMax) return undefined;
  const message = `Autopilot gives ${gibPerCpuMin} to ${gibPerCpuMax} GiB of memory for each CPU, and ${said.memory} for ${said.cpu} is not within`;
  return { key: 'memory', message, fix: `With ${said.cpu} CPU write ${least} to ${most}.` };
}

function mebibytes(gib: number): string {
  return `${Math.round(gib * 1024)}Mi`;
}
