import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../compiler/engine/compile.ts';
import { isManifest, plainDesired } from '../compiler/export/files.ts';
import { registry } from '../compiler/kinds/registry.ts';
import type { Resource } from '../compiler/model/resource.ts';
import { read } from '../compiler/spec/read.ts';
import { command, npm } from './installed.ts';

/** What a config compiles to, for whoever is to do as much. */
export function resourcesOf(text: string): readonly Resource[] {
  const spec = read(text, 'hello.config.yaml', {});
  if (!spec.ok) throw new Error(`the config of this benchmark is wrong: ${spec.problems[0]?.message}`);
  return [...compile(spec.value, registry).resources.values()];
}

/**
 * A Terraform configuration of as many resources, of the provider that is built in: what a provider of a cloud adds (its
 * start, its schema, its process) is not in the figures, so they are lower than those of a real one.
 */
export function terraformOf(resources: readonly Resource[], folder: string): void {
  const blocks = resources.map(
    ({ id, title }, index) =>
      `resource "terraform_data" "r${index}" {\n  input = { id = ${JSON.stringify(id)}, title = ${JSON.stringify(title)} }\n}\n`,
  );
  writeFileSync(join(folder, 'main.tf'), blocks.join(''));
  command('terraform', ['init', '-input=false'], folder)();
}

/** A cdk8s app of the same Kubernetes objects, ready to be synthesized. Throws where npm cannot fetch cdk8s. */
export function cdk8sOf(resources: readonly Resource[], folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(['install', '--prefer-offline', 'cdk8s@2.70.106', 'cdk8s-cli@2.207.60', 'constructs@10.8.1'], folder);
  writeFileSync(join(folder, 'cdk8s.yaml'), 'language: typescript\napp: node main.cjs\n');
  writeFileSync(join(folder, 'manifests.json'), JSON.stringify(resources.filter(isManifest).map(plainDesired)));
  writeFileSync(
    join(folder, 'main.cjs'),
    `const { App, Chart, ApiObject } = require('cdk8s');
const app = new App();
const chart = new Chart(app, 'bench');
require('./manifests.json').forEach((manifest, index) => new ApiObject(chart, 'm' + index, manifest));
app.synth();
`,
  );
}
