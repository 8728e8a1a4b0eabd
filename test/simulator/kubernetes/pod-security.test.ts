import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startCluster, type Json, type TestCluster } from './cluster.ts';

// The words are those of an API server; a pod without a seccomp profile gets one from Autopilot before.

const shop = '/api/v1/namespaces/shop';
const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

async function shopWith(t: TestContext, level: string): Promise<TestCluster> {
  const cluster = await startCluster(t);
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  await cluster.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop', labels } } });
  await cluster.ask('POST', `${shop}/serviceaccounts`, { body: { metadata: { name: 'app' } } });
  return cluster;
}

async function refused({ ask }: TestCluster, spec: Json): Promise<string> {
  const body = { metadata: { name: 'p' }, spec: { serviceAccountName: 'app', ...spec } };
  const { code, json } = await ask('POST', `${shop}/pods?dryRun=All`, { body });
  if (code === 201) return '';
  assert.equal(code, 403, JSON.stringify(json));
  return json.message.replace('pods "p" is forbidden: violates PodSecurity ', '');
}

const app = (securityContext: Json = {}): Json => ({ name: 'app', image: 'x', securityContext });
const bad = {
  hostNetwork: true,
  hostPID: true,
  volumes: [
    { name: 'host', hostPath: { path: '/' } },
    { name: 'net', nfs: { server: 'a', path: '/b' } },
  ],
  initContainers: [
    {
      name: 'first',
      image: 'x',
      securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] }, runAsUser: 0, runAsNonRoot: false },
    },
  ],
  containers: [
    { name: 'app', image: 'x', ports: [{ containerPort: 1, hostPort: 1 }] },
    { name: 'two', image: 'x', securityContext: { seccompProfile: { type: 'Unconfined' } } },
  ],
};

const host = 'host namespaces (hostNetwork=true, hostPID=true)';
const port = 'hostPort (container "app" uses hostPort 1)';
const privileged = 'privileged (container "first" must not set securityContext.privileged=true)';
const seccomp = 'seccompProfile (container "two" must not set securityContext.seccompProfile.type to "Unconfined")';
const added = 'container "first" must not include "SYS_ADMIN" in securityContext.capabilities.add';

test('a restricted namespace refuses every pod that is not', async (t) => {
  const cluster = await shopWith(t, 'restricted');
  const all = 'containers "first", "app", "two" must set securityContext';
  const bare =
    '"restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)';
  const own = { runAsNonRoot: false, runAsUser: 0, seccompProfile: { type: 'Unconfined' } };
  const { runAsNonRoot: _, seccompProfile: __, ...rest } = restricted;
  assert.equal(await refused(cluster, { containers: [app(restricted)] }), '');
  assert.equal(
    await refused(cluster, { securityContext: own, containers: [app(rest)] }),
    '"restricted:latest": runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0), seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  );
  assert.equal(
    await refused(cluster, bad),
    `"restricted:latest": ${host}, ${port}, ${privileged}, allowPrivilegeEscalation != false (${all}.allowPrivilegeEscalation=false), unrestricted capabilities (${all}.capabilities.drop=["ALL"]; ${added}), restricted volume types (volumes "host", "net" use restricted volume types "hostPath", "nfs"), runAsNonRoot != true (container "first" must not set securityContext.runAsNonRoot=false), runAsUser=0 (container "first" must not set runAsUser=0), ${seccomp}`,
  );
  assert.equal(await refused(cluster, { containers: [app()] }), bare);
});

test('a baseline namespace refuses what reaches the host', async (t) => {
  const cluster = await shopWith(t, 'baseline');
  assert.equal(await refused(cluster, { containers: [app()] }), '');
  assert.equal(
    await refused(cluster, bad),
    `"baseline:latest": non-default capabilities (${added}), ${host}, hostPath volumes (volume "host"), ${port}, ${privileged}, ${seccomp}`,
  );
});

test('a Deployment of pods that will be refused is taken with a warning', async (t) => {
  const cluster = await shopWith(t, 'restricted');
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [app()] } };
  const body = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
  const { code, headers } = await cluster.ask('POST', '/apis/apps/v1/namespaces/shop/deployments', { body });
  assert.equal(code, 201);
  assert.match(String(headers['warning']), /would violate PodSecurity .*restricted:latest/);
});
