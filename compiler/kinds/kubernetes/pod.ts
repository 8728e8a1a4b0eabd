import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Spec } from '../../spec/schema.ts';
import { connectionNameOf, passwordSecretOf } from '../names.ts';
import { selectorLabels } from './labels.ts';

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

/** The pod of the app: legal as it is under "restricted" pod security and on Autopilot, which so has nothing to change. */
export function podSpecOf(spec: Spec): V1PodSpec {
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
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selectorLabels(spec.name) },
      },
    ],
    ...(spec.db && { initContainers: [proxyOf(connectionNameOf({ ...spec, db: spec.db }))] }),
    containers: [appOf(spec)],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
  };
}

function appOf(spec: Spec): V1Container {
  const targets = [...new Set(spec.ports.map(({ target }) => target))];
  const [main = 5000] = targets;
  const { readiness, liveness } = spec.app.probes;
  const secret = passwordSecretOf(spec);
  const password = { name: secret.key, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } };
  const hasConfig = spec.db !== undefined || Object.keys(spec.env).length > 0;
  return {
    name: 'app',
    image: spec.app.image,
    ports: targets.map((target) => ({ name: `port-${target}`, containerPort: target, protocol: 'TCP' })),
    env: [
      { name: 'PORT', value: String(main) },
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      ...(spec.db ? [password] : []),
    ],
    ...(hasConfig && { envFrom: [{ configMapRef: { name: spec.name } }] }),
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
    resources: resourcesOf('250m', '512Mi'),
    securityContext: containerSecurity,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

/** The Cloud SQL proxy as a native sidecar: up before the app, and ended after it. It needs no keys. */
function proxyOf(connectionName: string): V1Container {
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
