import type { Admission } from './admission-request.ts';
import { must, type Cluster } from './cluster.ts';
import { at, listAt, objectAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';
import { forbidden } from './status-error.ts';

/** What a pod does that it must not, in the words of the API server; empty when it may. */
type Check = (pod: Draft, containers: readonly Draft[]) => string;

/**
 * The standards of pod security that a namespace enforces by its label: a pod that violates them is refused, and of what
 * makes such pods is warned. https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function enforcePodSecurity(cluster: Cluster, resource: Resource, draft: Draft, admission: Admission): Draft {
  const namespace = cluster.storage.get(must('namespaces'), '', textAt(draft, 'metadata', 'namespace'));
  const level = textAt(namespace, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce');
  const checks = checksOf[level];
  const isPod = resource.kind === 'Pod';
  if (!checks || (isPod && admission.live)) return draft;
  const pod = objectAt(draft, ...(isPod ? ['spec'] : ['spec', 'template', 'spec']));
  const containers = ['initContainers', 'containers'].flatMap((group) => listAt(pod, group) as readonly Draft[]);
  const found = checks.map((check) => check(pod, containers)).filter(Boolean);
  if (found.length === 0) return draft;
  const why = `violate${isPod ? 's' : ''} PodSecurity "${level}:latest": ${found.join(', ')}`;
  if (isPod) throw forbidden(resource, textAt(draft, 'metadata', 'name'), why);
  admission.warn(`would ${why}`);
  return draft;
}

const security = (of: Draft, ...path: string[]): unknown => at(of, 'securityContext', ...path);
const quoted = (names: readonly unknown[]): string => names.map((name) => `"${String(name)}"`).join(', ');
const those = (bad: readonly Draft[]): string =>
  `container${bad.length > 1 ? 's' : ''} ${quoted(bad.map((each) => each['name']))}`;

/** A check of each container: those of which `is` holds must, or must not, be as `must` says. */
function eachContainer(title: string, is: (container: Draft) => boolean, rule: string): Check {
  return (_pod, containers) => {
    const bad = containers.filter(is);
    return bad.length > 0 ? `${title} (${those(bad)} ${rule})` : '';
  };
}

const hostNamespaces: Check = (pod) => {
  const used = ['hostNetwork', 'hostPID', 'hostIPC'].filter((each) => pod[each] === true);
  return used.length > 0 ? `host namespaces (${used.map((each) => `${each}=true`).join(', ')})` : '';
};

const hostPaths: Check = (pod) => {
  const names = listAt(pod, 'volumes').flatMap((each) => (at(each, 'hostPath') ? [at(each, 'name')] : []));
  return names.length > 0 ? `hostPath volumes (volume${names.length > 1 ? 's' : ''} ${quoted(names)})` : '';
};

const hostPorts: Check = (_pod, containers) => {
  const portsOf = (each: Draft): unknown[] => listAt(each, 'ports').flatMap((port) => at(port, 'hostPort') ?? []);
  const bad = containers.filter((each) => portsOf(each).length > 0);
  const ports = [...new Set(bad.flatMap(portsOf))];
  if (bad.length === 0) return '';
  const [uses, many] = [bad.length > 1 ? 'use' : 'uses', ports.length > 1 ? 's' : ''];
  return `hostPort (${those(bad)} ${uses} hostPort${many} ${ports.join(', ')})`;
};

const privileged = eachContainer(
  'privileged',
  (each) => security(each, 'privileged') === true,
  'must not set securityContext.privileged=true',
);
const escalation = eachContainer(
  'allowPrivilegeEscalation != false',
  (each) => security(each, 'allowPrivilegeEscalation') !== false,
  'must set securityContext.allowPrivilegeEscalation=false',
);

const added = (each: Draft, allowed: readonly string[]): string[] =>
  (listAt(each, 'securityContext', 'capabilities', 'add') as string[]).filter((name) => !allowed.includes(name));

function mustNotAdd(containers: readonly Draft[], allowed: readonly string[]): string[] {
  const bad = containers.filter((each) => added(each, allowed).length > 0);
  const names = [...new Set(bad.flatMap((each) => added(each, allowed)))].toSorted();
  return bad.length > 0 ? [`${those(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`] : [];
}

const usual =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT';
const usualCapabilities: Check = (_pod, containers) => {
  const [bad] = mustNotAdd(containers, usual.split(' '));
  return bad ? `non-default capabilities (${bad})` : '';
};
const noCapabilities: Check = (_pod, containers) => {
  const kept = containers.filter((each) => !listAt(each, 'securityContext', 'capabilities', 'drop').includes('ALL'));
  const missing = kept.length > 0 ? [`${those(kept)} must set securityContext.capabilities.drop=["ALL"]`] : [];
  const bad = [...missing, ...mustNotAdd(containers, ['NET_BIND_SERVICE'])];
  return bad.length > 0 ? `unrestricted capabilities (${bad.join('; ')})` : '';
};

const freeVolumes = 'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' ');
const volumeTypes: Check = (pod) => {
  const typeOf = (volume: unknown): string => Object.keys(objectAt(volume)).find((key) => key !== 'name') ?? 'emptyDir';
  const bad = listAt(pod, 'volumes').filter((each) => !freeVolumes.includes(typeOf(each)));
  const types = [...new Set(bad.map(typeOf))].toSorted();
  const [many, use, s] = bad.length > 1 ? ['s', 'use', types.length > 1 ? 's' : ''] : ['', 'uses', ''];
  const names = quoted(bad.map((each) => at(each, 'name')));
  return bad.length > 0
    ? `restricted volume types (volume${many} ${names} ${use} restricted volume type${s} ${quoted(types)})`
    : '';
};

/** What pod and containers say of a field, explicitly: who says what they must not, together. */
function sayers(pod: Draft, containers: readonly Draft[], is: (of: Draft) => boolean): string {
  const bad = containers.filter(is);
  return [...(is(pod) ? ['pod'] : []), ...(bad.length > 0 ? [those(bad)] : [])].join(' and ');
}

const nonRoot: Check = (pod, containers) => {
  const bad = sayers(pod, containers, (each) => security(each, 'runAsNonRoot') === false);
  if (bad) return `runAsNonRoot != true (${bad} must not set securityContext.runAsNonRoot=false)`;
  const open = containers.filter((each) => (security(each, 'runAsNonRoot') ?? security(pod, 'runAsNonRoot')) !== true);
  return open.length > 0
    ? `runAsNonRoot != true (pod or ${those(open)} must set securityContext.runAsNonRoot=true)`
    : '';
};
const notUserZero: Check = (pod, containers) => {
  const bad = sayers(pod, containers, (each) => security(each, 'runAsUser') === 0);
  return bad ? `runAsUser=0 (${bad} must not set runAsUser=0)` : '';
};

const profile = (of: Draft): unknown => security(of, 'seccompProfile', 'type');
// One that says nothing has had its profile from Autopilot.
const confined: Check = (pod, containers) => {
  const bad = sayers(pod, containers, (each) => profile(each) === 'Unconfined');
  return bad ? `seccompProfile (${bad} must not set securityContext.seccompProfile.type to "Unconfined")` : '';
};
const checksOf: Readonly<Record<string, readonly Check[]>> = {
  baseline: [usualCapabilities, hostNamespaces, hostPaths, hostPorts, privileged, confined],
  restricted: [
    hostNamespaces,
    hostPorts,
    privileged,
    escalation,
    noCapabilities,
    volumeTypes,
    nonRoot,
    notUserZero,
    confined,
  ],
};
