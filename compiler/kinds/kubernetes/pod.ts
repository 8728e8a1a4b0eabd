import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Job, Service, Spec, Workload } from '../../spec/spec.ts';
import { connectionNameOf, passwordSecretOf } from '../names.ts';
import { configOf } from './config-map.ts';
import { selectorLabels } from './labels.ts';

/** The client's models are classes; what we make are plain objects of the same members. */
type PodSpec = { -readonly [Key in keyof V1PodSpec]: V1PodSpec[Key] };
type Container = { -readonly [Key in keyof V1Container]: V1Container[Key] };

/** https://github.com/GoogleCloudPlatform/cloud-sql-proxy */
const proxyImage = 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.25.3';
const proxyHealthPort = 9801;

/** The user of distroless "nonroot" images, the proxy's included. */
const nonRoot = 65532;

const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** The pod of a service. */
export function servicePod(spec: Spec, service: Service): PodSpec {
  return {
    ...podOf(spec, service, serviceContainer(spec, service)),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selectorLabels(spec, service.name) },
      },
    ],
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
    // The sleep before SIGTERM, the app's own drain, then the proxy's.
    terminationGracePeriodSeconds: 45,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nonRoot,
      runAsGroup: nonRoot,
      fsGroup: nonRoot,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(db && workload.database !== undefined && { initContainers: [proxyOf(connectionNameOf({ ...spec, db }))] }),
    containers: [container],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
  };
}

function serviceContainer(spec: Spec, service: Service): Container {
  const targets = [...new Set(service.ports.map(({ target }) => target))];
  const [main] = targets;
  const container = containerOf(spec, service);
  // A worker listens to nobody: nothing can be asked of it.
  if (main === undefined) return container;
  const { readiness, liveness } = service.probes;
  return {
    ...container,
    ports: targets.map((target) => ({ name: `port-${target}`, containerPort: target, protocol: 'TCP' })),
    env: [{ name: 'PORT', value: String(main) }, ...(container.env ?? [])],
    startupProbe: { httpGet: { path: liveness, port: main }, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: readiness, port: main }, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: {
      httpGet: { path: liveness, port: main },
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 6,
    },
    // Endpoints need a moment to forget a pod that is going away.
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
  };
}

function containerOf(spec: Spec, workload: Workload): Container {
  const { name, image, command, args, resources, secrets } = workload;
  const usesDatabase = spec.db !== undefined && workload.database !== undefined;
  const password = passwordSecretOf(spec);
  const fromSecrets = { ...(usesDatabase && { [password.key]: password }), ...secrets };
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

/** The Cloud SQL proxy as a native sidecar: up before the app, and ended after it. It needs no keys. */
function proxyOf(connectionName: string): Container {
  const probe = { timeoutSeconds: 5 };
  return {
    name: 'cloud-sql-proxy',
    image: proxyImage,
    restartPolicy: 'Always',
    args: [
      '--private-ip',
      '--structured-logs',
      '--health-check',
      '--http-address=0.0.0.0',
      `--http-port=${proxyHealthPort}`,
      '--port=5432',
      '--exit-zero-on-sigterm',
      '--max-sigterm-delay=20s',
      connectionName,
    ],
    ports: [{ name: 'proxy-health', containerPort: proxyHealthPort, protocol: 'TCP' }],
    startupProbe: {
      httpGet: { path: '/startup', port: proxyHealthPort },
      periodSeconds: 1,
      failureThreshold: 60,
      ...probe,
    },
    livenessProbe: {
      httpGet: { path: '/liveness', port: proxyHealthPort },
      periodSeconds: 10,
      failureThreshold: 6,
      ...probe,
    },
    resources: resourcesOf('50m', '64Mi'),
    securityContext: containerSecurity,
  };
}

/** Autopilot wants 1 to 6.5 GiB of memory per CPU over the pod, and sets ephemeral storage where it is not said. */
function resourcesOf(cpu: string, memory: string): NonNullable<V1Container['resources']> {
  const storage = '1Gi';
  return { requests: { cpu, memory, 'ephemeral-storage': storage }, limits: { memory, 'ephemeral-storage': storage } };
}
