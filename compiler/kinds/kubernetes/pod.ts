import type { Job, Service, Spec, Workload } from '../../spec/spec.ts';
import { connectionNameOf, passwordSecretOf } from '../names.ts';
import { configOf } from './config-map.ts';
import { selectorLabels } from './labels.ts';
import { containerSecurity, podSecurity, resourcesOf, type Container, type PodSpec } from './pod-rules.ts';
import { proxyDrainSeconds, sqlProxy } from './sql-proxy.ts';

/** Load balancers and endpoints need a moment to forget a pod that is going away; it still serves meanwhile. */
const preStopSeconds = 10;
/** What an app has after SIGTERM to finish what it is at. */
const drainSeconds = 25;
/** All of it, and something for the machine: when it is over, whatever is left is killed. */
const graceSeconds = preStopSeconds + drainSeconds + proxyDrainSeconds + 5;

/** The pod of a service. */
export function servicePod(spec: Spec, service: Service): PodSpec {
  return {
    ...podOf(spec, service, serviceContainer(spec, service)),
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selectorLabels(spec, service.name) },
      // Each revision for itself: while it rolls out, the old pods do not decide where the new ones go.
      matchLabelKeys: ['pod-template-hash'],
    })),
  };
}

/** The pod of a job. The proxy ends by itself when the job's own container has ended, as it is a native sidecar. */
export function jobPod(spec: Spec, job: Job): PodSpec {
  return { ...podOf(spec, job, containerOf(spec, job)), restartPolicy: 'Never' };
}

/** Legal as it is under "restricted" pod security and on Autopilot, which so has nothing to change. */
function podOf(spec: Spec, workload: Workload, container: Container): PodSpec {
  const { db } = spec;
  return {
    serviceAccountName: spec.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: podSecurity,
    ...(db && usesDatabase(spec, workload) && { initContainers: [sqlProxy(connectionNameOf({ ...spec, db }))] }),
    containers: [container],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '512Mi' } }],
  };
}

function usesDatabase(spec: Spec, { database }: Workload): boolean {
  return spec.db !== undefined && database !== undefined;
}

function serviceContainer(spec: Spec, service: Service): Container {
  const targets = [...new Set(service.ports.map(({ target }) => target))];
  const [main] = targets;
  const ports = portsOf(targets, service.metrics?.port);
  const container = { ...containerOf(spec, service), ...(ports.length > 0 && { ports }) };
  // A worker listens to nobody: nothing can be asked of it.
  if (main === undefined) return container;
  const { readiness, liveness } = service.probes;
  return {
    ...container,
    env: [{ name: 'PORT', value: String(main) }, ...(container.env ?? [])],
    startupProbe: { httpGet: { path: liveness, port: main }, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: readiness, port: main }, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: {
      httpGet: { path: liveness, port: main },
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 6,
    },
    // Done by the kubelet: an image needs no shell for it.
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
  };
}

/** Metrics may have a port of their own, which no Service serves. */
function portsOf(targets: readonly number[], metrics: number | undefined): NonNullable<Container['ports']> {
  const all = new Set([...targets, ...(metrics === undefined ? [] : [metrics])]);
  return [...all].map((port) => ({ name: `port-${port}`, containerPort: port, protocol: 'TCP' }));
}

function containerOf(spec: Spec, workload: Workload): Container {
  const { name, image, command, args, resources, secrets } = workload;
  const password = passwordSecretOf(spec);
  const fromSecrets = { ...(usesDatabase(spec, workload) && { [password.key]: password }), ...secrets };
  const hasConfig = Object.keys(configOf(spec, workload)).length > 0;
  return {
    name: 'app',
    image,
    ...(command && { command: [...command] }),
    ...(args && { args: [...args] }),
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      ...Object.entries(fromSecrets).map(([variable, ref]) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: ref.name, key: ref.key } },
      })),
    ],
    ...(hasConfig && { envFrom: [{ configMapRef: { name } }] }),
    resources: resourcesOf(resources.cpu, resources.memory),
    securityContext: containerSecurity,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}
