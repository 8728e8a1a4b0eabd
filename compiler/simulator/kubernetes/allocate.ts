import type { Admission } from './admission-request.ts';
import { must, type Cluster } from './cluster.ts';
import { isObject } from '../../base/json.ts';
import { listAt, numberAt, objectAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';
import { fieldInvalid, invalid } from './status-error.ts';

/** GKE's range for the addresses of Services, 34.118.224.0/20. */
const serviceRange = { base: [34, 118, 224, 0] as const, size: 4096 };
const nodePorts = { first: 30_000, last: 32_767 };

/** Gives a Service its cluster address and node ports, or keeps those that it has. */
export function allocateService(
  cluster: Cluster,
  resource: Resource,
  draft: Draft,
  { live, dryRun }: Admission,
): Draft {
  const before = objectAt(live, 'spec');
  const spec: Draft = { ...objectAt(draft, 'spec') };
  const type = textAt(spec, 'type');
  if (type === 'ExternalName') {
    for (const field of ['clusterIP', 'clusterIPs']) delete spec[field];
    return { ...draft, spec };
  }
  const others = cluster.storage
    .list(must('services'), '')
    .filter((service) => service.metadata.uid !== live?.metadata.uid);
  const kept = textAt(spec, 'clusterIP') || textAt(before, 'clusterIP');
  spec['clusterIP'] =
    kept || (dryRun ? address(0) : freeAddress(new Set(others.map((each) => textAt(each, 'spec', 'clusterIP')))));
  spec['clusterIPs'] = [spec['clusterIP']];
  const exposed = type === 'NodePort' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
  const used = new Set(
    others.flatMap((each) => listAt(each, 'spec', 'ports').map((port) => numberAt(port, 'nodePort'))),
  );
  const name = textAt(draft, 'metadata', 'name');
  spec['ports'] = listAt(spec, 'ports').map((port, index) => {
    if (!exposed || !isObject(port)) return isObject(port) && !exposed ? portOnly(port, type) : port;
    const asked = numberAt(port, 'nodePort');
    if (asked !== undefined && used.has(asked)) {
      const problem = fieldInvalid(`spec.ports[${index}].nodePort`, asked, 'provided port is already allocated');
      throw invalid(resource.group, resource.kind, name, [problem]);
    }
    const old = listAt(before, 'ports').find((each) => numberAt(each, 'port') === port['port']);
    const nodePort = asked ?? numberAt(old, 'nodePort') ?? freePort(used, dryRun);
    used.add(nodePort);
    return { ...port, nodePort };
  });
  if (listAt(spec, 'ports').length === 0) delete spec['ports'];
  return { ...draft, spec };
}

/** A node port goes away with the type that needed it. */
function portOnly(port: Readonly<Draft>, type: string): Draft {
  if (type !== 'ClusterIP') return { ...port };
  return Object.fromEntries(Object.entries(port).filter(([name]) => name !== 'nodePort'));
}

function address(offset: number): string {
  const [a, b, c, d] = serviceRange.base;
  return `${a}.${b}.${c + Math.floor(offset / 256)}.${d + (offset % 256)}`;
}

function freeAddress(used: ReadonlySet<string>): string {
  for (let offset = 1; offset < serviceRange.size - 1; offset += 1)
    if (!used.has(address(offset))) return address(offset);
  throw new Error('no cluster address is left');
}

/** A dry run takes none, and so answers the same each time. */
function freePort(used: ReadonlySet<number | undefined>, dryRun: boolean): number {
  const span = nodePorts.last - nodePorts.first + 1;
  const start = dryRun ? 0 : Math.floor(Math.random() * span);
  for (let step = 0; step < span; step += 1) {
    const port = nodePorts.first + ((start + step) % span);
    if (!used.has(port)) return port;
  }
  throw new Error('no node port is left');
}
