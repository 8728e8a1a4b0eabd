import { containerSecurity, resourcesOf, type Container } from './pod-rules.ts';

/** https://github.com/GoogleCloudPlatform/cloud-sql-proxy */
const image = 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.25.3';
const healthPort = 9801;

/** It is told to end only when the app has ended, so what is left then are connections that nobody reads. */
export const proxyDrainSeconds = 5;

/**
 * The Cloud SQL proxy as a native sidecar: up before the app, and ended after it. It needs no keys. It has no preStop
 * hook, as that would run when the pod starts to end, with the app still at work; and no readiness probe, as a database
 * that does not answer must not take the app out of service.
 */
export function sqlProxy(connectionName: string): Container {
  // The kubelet asks from outside the pod, so the health server must not listen on localhost alone.
  const health = ['--health-check', '--http-address=0.0.0.0', `--http-port=${healthPort}`];
  const end = ['--exit-zero-on-sigterm', `--max-sigterm-delay=${proxyDrainSeconds}s`];
  const probe = (path: string): object => ({ httpGet: { path, port: healthPort }, timeoutSeconds: 5 });
  return {
    name: 'cloud-sql-proxy',
    image,
    restartPolicy: 'Always',
    args: ['--private-ip', '--structured-logs', ...health, '--port=5432', ...end, connectionName],
    ports: [{ name: 'proxy-health', containerPort: healthPort, protocol: 'TCP' }],
    startupProbe: { ...probe('/startup'), periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe('/liveness'), periodSeconds: 10, failureThreshold: 6 },
    // Enough for some hundred connections; beside an app that is legal on Autopilot, the pod is.
    resources: resourcesOf('50m', '64Mi'),
    securityContext: containerSecurity,
  };
}
