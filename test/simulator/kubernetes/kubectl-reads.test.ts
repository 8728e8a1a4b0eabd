import assert from 'node:assert/strict';
import { test } from 'node:test';
import { each, prepare, running, service, settings, web } from './kubectl-world.ts';

/** What users of a cluster do all day, with a real kubectl, against pods that really run. */
for (const { binary, name, minor, options } of each) {
  test(`${name} gets objects in every output, and says what is not there`, options, async (t) => {
    const world = await prepare(t, binary);
    const { ok, run } = world;
    await running(world, web(), service, settings({ colour: 'blue' }));
    assert.match(await ok('get', 'deploy'), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +\d+s\n$/);
    assert.match(
      await ok('get', 'deploy', 'web', '-o', 'wide'),
      /CONTAINERS +IMAGES +SELECTOR\n.* app +work:1 +app=web\n$/,
    );
    assert.match(
      await ok('get', 'pods', '-A'),
      /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE\n(default +web-\S+ +1\/1 +Running +0 +\S+\n){2}$/,
    );
    assert.equal(
      await ok('get', 'pods', '-l', 'app=web,app!=x', '-o', 'name').then((text) => text.split('\n').length),
      3,
    );
    assert.match(
      await ok('get', 'pods', '--field-selector', 'status.phase=Running', '--no-headers'),
      /(web-\S+ .*\n){2}/,
    );
    assert.match(
      (await run('get', 'pods', '--field-selector', 'status.phase=Failed')).err,
      /No resources found in default namespace\./,
    );
    assert.match(
      (await run('get', 'pods', '--field-selector', 'spec.nonsense=x')).err,
      /field label not supported: spec\.nonsense/,
    );
    assert.equal(JSON.parse(await ok('get', 'deploy', 'web', '-o', 'json')).spec.revisionHistoryLimit, 10);
    assert.match(
      await ok('get', 'cm', 'settings', '-o', 'yaml', '--show-managed-fields'),
      /f:colour: \{\}\n[^]*manager: kubectl\n/,
    );
    assert.equal(await ok('get', 'deploy', '-o', 'jsonpath={.items[*].metadata.name}'), 'web');
    assert.match(
      await ok('get', 'deploy', '-o', 'custom-columns=N:.metadata.name,I:.spec.template.spec.containers[0].image'),
      /N +I\nweb +work:1\n/,
    );
    assert.equal(await ok('get', 'svc', 'web', '-o', 'go-template={{.spec.type}}'), 'ClusterIP');
    assert.match(await ok('get', 'svc,deploy', '--show-labels'), /service\/web [^]*deployment\.apps\/web .*app=web/);
    assert.match(
      await ok('get', 'all'),
      /pod\/web-[^]*service\/web[^]*deployment\.apps\/web[^]*replicaset\.apps\/web-/,
    );
    assert.match(
      await ok('get', 'svc', '--sort-by=.spec.clusterIP', '-o', 'name'),
      /^service\/kubernetes\nservice\/web\n$/,
    );
    assert.match(await ok('get', '--raw', '/readyz'), /^ok$/);
    const missing = await run('get', 'deploy', 'nobody');
    assert.deepEqual(
      [missing.code, missing.err],
      [1, 'Error from server (NotFound): deployments.apps "nobody" not found\n'],
    );
    assert.match((await run('get', 'nonsense')).err, /the server doesn't have a resource type "nonsense"/);
  });

  test(`${name} describes, explains, and tells what there is and who may do what`, options, async (t) => {
    const world = await prepare(t, binary);
    const { ok, run } = world;
    await running(world, web(), service, settings({ colour: 'blue' }));
    const described = await ok('describe', 'deploy', 'web');
    assert.match(described, /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable/);
    assert.match(described, /NewReplicaSet: +web-\w+ \(2\/2 replicas created\)/);
    assert.match(described, /ScalingReplicaSet .*Scaled up replica set web-\w+ (from 0 )?to 2/);
    assert.match(await ok('describe', 'svc', 'web'), /Endpoints: +127\.0\.0\.1:\d+,127\.0\.0\.1:\d+/);
    assert.match(await ok('describe', 'node'), /Ready +True/);
    assert.match(await ok('describe', 'ns', 'default'), /Status: +Active/);
    const explained = await ok('explain', 'deploy.spec.strategy.type');
    assert.match(explained, /FIELD: +type <string>/);
    assert.match(explained, /Default is\s+RollingUpdate/);
    assert.match(await ok('explain', 'pod.spec.containers.ports'), /containerPort\t<integer> -required-/);
    assert.match(await ok('explain', 'podmonitoring.spec.endpoints', '--recursive'), /interval\t<string> -required-/);
    assert.match((await run('explain', 'deploy.spec.nonsense')).err, /field "nonsense" does not exist/);
    const resources = await ok('api-resources');
    assert.match(resources, /deployments +deploy +apps\/v1 +true +Deployment/);
    assert.match(resources, /horizontalpodautoscalers +hpa +autoscaling\/v2 +true +HorizontalPodAutoscaler/);
    assert.match(resources, /podmonitorings +monitoring\.googleapis\.com\/v1 +true +PodMonitoring/);
    assert.match(
      await ok('api-resources', '--api-group=policy', '-o', 'name', '--verbs=watch'),
      /^poddisruptionbudgets\.policy\n$/,
    );
    assert.match(
      await ok('api-versions'),
      /^apiextensions\.k8s\.io\/v1\napps\/v1\n[^]*autoscaling\/v1\nautoscaling\/v2\n[^]*v1\n$/,
    );
    assert.match(await ok('version'), /Server Version: /);
    assert.match(await ok('cluster-info'), /Kubernetes control plane.* is running at/);
    assert.match(
      await ok('get', 'events', '--field-selector', 'reason=ScalingReplicaSet'),
      /Normal +ScalingReplicaSet +deployment\/web/,
    );
    assert.match(await ok('events', '--for', 'deployment/web'), /ScalingReplicaSet/);
    assert.equal(await ok('auth', 'can-i', 'create', 'deployments'), 'yes\n');
    if (minor >= 28) assert.match(await ok('auth', 'whoami'), /Username +\S+@/);
  });
}
