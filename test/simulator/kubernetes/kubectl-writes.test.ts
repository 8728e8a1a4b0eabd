import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { each, prepare, service, settings, web } from './kubectl-world.ts';

/** What users of a cluster do all day, with a real kubectl, against pods that really run. */
for (const { binary, name, minor, options } of each) {
  test(
    `${name} writes: apply from both sides, diff, patches, edit, replace, label, set, create, prune`,
    options,
    async (t) => {
      const world = await prepare(t, binary);
      const { ok, run, file } = world;
      const blue = await file('blue', settings({ colour: 'blue' }), service, web());
      const red = await file('red', settings({ colour: 'red' }), service);
      assert.equal((await run('diff', '-f', blue)).code, 1);
      assert.match(await ok('apply', '-f', blue, '--dry-run=server'), /configmap\/settings created \(server dry run\)/);
      assert.match(
        await ok('apply', '-f', blue),
        /configmap\/settings created\nservice\/web created\ndeployment\.apps\/web created/,
      );
      assert.match(
        await ok('apply', '-f', blue),
        /configmap\/settings unchanged\nservice\/web unchanged\ndeployment\.apps\/web unchanged/,
      );
      assert.equal((await run('diff', '-f', blue)).code, 0);
      assert.match((await run('diff', '-f', red)).out, /-  colour: blue\n\+  colour: red/);
      assert.match(await ok('apply', '-f', red), /configmap\/settings configured\nservice\/web unchanged/);
      const taken = await run('apply', '--server-side', '--field-manager=other', '-f', blue);
      assert.equal(taken.code, 1);
      assert.match(
        taken.err,
        /Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: \.data\.colour/,
      );
      assert.match(
        await ok('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', blue),
        /serverside-applied/,
      );
      assert.match((await run('diff', '--server-side', '--field-manager=other', '-f', red)).out, /\+  colour: red/);
      assert.match(await ok('patch', 'cm', 'settings', '-p', '{"data":{"a":"1"}}'), /configmap\/settings patched\n/);
      assert.match(await ok('patch', 'cm', 'settings', '--type=merge', '-p', '{"data":{"a":null,"b":"2"}}'), /patched/);
      assert.match(
        await ok('patch', 'cm', 'settings', '--type=json', '-p', '[{"op":"replace","path":"/data/b","value":"3"}]'),
        /patched/,
      );
      assert.match(await ok('patch', 'cm', 'settings', '-p', '{"data":{"b":"3"}}'), /patched \(no change\)/);
      assert.equal(await ok('get', 'cm', 'settings', '-o', 'jsonpath={.data}'), '{"b":"3","colour":"blue"}');
      const failed = await run(
        'patch',
        'cm',
        'settings',
        '--type=json',
        '-p',
        '[{"op":"test","path":"/data/b","value":"x"}]',
      );
      assert.match(failed.err, /the server rejected our request due to an error in our request/);
      const editor = join(dirname(blue), 'editor.sh');
      await writeFile(editor, '#!/bin/sh\nsed -i "s/colour: blue/colour: green/" "$1"\n');
      await chmod(editor, 0o755);
      assert.match(
        await world.with({ KUBE_EDITOR: editor }).ok('edit', 'cm', 'settings'),
        /configmap\/settings edited/,
      );
      assert.equal(await ok('get', 'cm', 'settings', '-o', 'jsonpath={.data.colour}'), 'green');
      assert.match(await ok('replace', '-f', red), /configmap\/settings replaced/);
      assert.match((await run('create', '-f', red)).err, /\(AlreadyExists\): .*configmaps "settings" already exists/);
      assert.match(await ok('label', 'cm', 'settings', 'tier=front'), /configmap\/settings labeled/);
      assert.match(
        (await run('label', 'cm', 'settings', 'tier=back')).err,
        /'tier' already has a value \(front\), and --overwrite is false/,
      );
      assert.match(await ok('label', 'cm', 'settings', 'tier-'), /configmap\/settings unlabeled/);
      assert.match(await ok('annotate', 'cm', '-l', 'app=web', 'note=x'), /configmap\/settings annotate/);
      const strange = await file('strange', { ...settings({}), metadata: { name: 'odd' }, nonsense: 1 });
      assert.match((await run('apply', '-f', strange)).err, /strict decoding error: unknown field "nonsense"/);
      assert.match((await run('apply', '--validate=warn', '-f', strange)).err, /Warning: unknown field "nonsense"/);
    },
  );

  test(`${name} creates by command, exposes, scales by itself, and sets parts of a Deployment`, options, async (t) => {
    const { ok, run } = await prepare(t, binary);
    await ok('create', 'namespace', 'shop');
    await ok('create', 'configmap', 'c', '--from-literal=a=b');
    await ok('create', 'secret', 'generic', 's', '--from-literal=a=b');
    await ok('create', 'serviceaccount', 'robot');
    await ok('create', 'role', 'reader', '--verb=get,list', '--resource=pods');
    await ok('create', 'rolebinding', 'readers', '--role=reader', '--serviceaccount=default:robot');
    assert.match(await ok('get', 'rolebinding', 'readers'), /readers +Role\/reader/);
    await ok('create', 'quota', 'small', '--hard=configmaps=50,secrets=9');
    assert.match(await ok('get', 'quota', 'small'), /configmaps: \d\/50, secrets: 1\/9/);
    await ok('create', 'pdb', 'web', '--selector=app=web', '--min-available=1');
    assert.match(await ok('get', 'pdb'), /web +1 +N\/A +0 /);
    await ok('create', 'job', 'once', '--image=work:1');
    await ok('create', 'cronjob', 'nightly', '--image=work:1', '--schedule=0 3 * * *');
    await ok('create', 'job', 'again', '--from=cronjob/nightly');
    await ok('create', 'deployment', 'web', '--image=work:1', '--replicas=1', '--port=8080');
    await ok('create', 'ingress', 'front', '--rule=shop.example.com/*=web:80');
    assert.match(await ok('get', 'ing'), /front +<none> +shop\.example\.com +80 /);
    assert.match(await ok('expose', 'deployment', 'web', '--port=80', '--target-port=8080'), /service\/web exposed/);
    assert.match(
      await ok('autoscale', 'deployment', 'web', '--min=1', '--max=3', '--cpu-percent=70'),
      /horizontalpodautoscaler\.autoscaling\/web autoscaled/,
    );
    assert.match(await ok('get', 'hpa', 'web'), /web +Deployment\/web +cpu: .*\/70% +1 +3 /);
    assert.equal(
      await ok(
        'get',
        'horizontalpodautoscalers.v1.autoscaling',
        'web',
        '-o',
        'jsonpath={.apiVersion} {.spec.targetCPUUtilizationPercentage}',
      ),
      'autoscaling/v1 70',
    );
    await ok('set', 'image', 'deploy/web', 'work=work:2');
    await ok('set', 'env', 'deploy/web', 'COLOUR=blue');
    await ok('set', 'resources', 'deploy/web', '--requests=cpu=250m,memory=512Mi');
    const template =
      '{.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env[0].value} {.spec.template.spec.containers[0].resources.requests.cpu}';
    assert.equal(await ok('get', 'deploy', 'web', '-o', `jsonpath=${template}`), 'work:2 blue 250m');
    assert.match(await ok('run', 'alone', '--image=work:1', '--restart=Never'), /pod\/alone created/);
    assert.match(
      (await run('create', 'configmap', 'Wrong_Name')).err,
      /a lowercase RFC 1123 subdomain must consist of/,
    );
    assert.match(await ok('delete', 'ns', 'shop', '--timeout=30s'), /namespace "shop" deleted/);
  });

  test(`${name} keeps an ApplySet, and prunes what left it`, { skip: options.skip || minor < 27 }, async (t) => {
    const world = await prepare(t, binary);
    const sets = world.with({ KUBECTL_APPLYSET: 'true' });
    const apply = async (path: string): Promise<string> =>
      sets.ok('apply', '--server-side', '--prune', '--applyset=secret/shop', '-n', 'default', '-f', path);
    await apply(await world.file('both', settings({ a: '1' }), service));
    const parent = JSON.parse(await world.ok('get', 'secret', 'shop', '-o', 'json'));
    const contains = `applyset.kubernetes.io/contains-group-${minor < 28 ? 'resources' : 'kinds'}`;
    const id: string = parent.metadata.labels['applyset.kubernetes.io/id'];
    assert.equal(parent.metadata.annotations[contains], minor < 28 ? 'configmaps,services' : 'ConfigMap,Service');
    assert.equal(
      await world.ok('get', 'cm,svc', '-l', `applyset.kubernetes.io/part-of=${id}`, '-o', 'name'),
      'configmap/settings\nservice/web\n',
    );
    assert.match(await apply(await world.file('one', settings({ a: '1' }))), /service\/web pruned/);
    assert.match((await world.run('get', 'svc', 'web')).err, /NotFound/);
  });
}
