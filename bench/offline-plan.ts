import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configOf } from './configs.ts';
import { command, has, peakMegabytes, withInstalled, type Installed } from './installed.ts';
import { interleaved, ratio } from './interleaved.ts';
import { cdk8sOf, resourcesOf, terraformOf } from './peers.ts';
import { note, row, type Benchmark } from './report.ts';

const services = 1000;

/** Everything that a large config means, as a plan of what would be created, beside tools that do as much. */
export const offlinePlan: Benchmark = {
  about: `hello plan --offline of ${services} services from the package, the whole process`,
  run: async () => withInstalled(compareAll),
};

function compareAll({ folder, hello }: Installed): void {
  const text = configOf(services);
  writeFileSync(join(folder, 'hello.config.yaml'), text);
  const resources = resourcesOf(text);
  const plan = command(process.execPath, [...hello, 'plan', '--offline'], folder);
  const compare = (what: string, peer: () => void): void => {
    const times = interleaved({ plan, peer }, 5);
    row(`hello plan --offline / ${what}`, ratio(times.plan, times.peer), 'below 1');
  };
  if (has('terraform', 'version')) {
    terraformOf(resources, subfolder(folder, 'terraform'));
    const args = ['plan', '-refresh=false', '-input=false'];
    compare(
      `terraform plan -refresh=false, ${resources.length} resources`,
      command('terraform', args, join(folder, 'terraform')),
    );
  } else note('terraform is not on PATH: not compared with it');
  try {
    cdk8sOf(resources, subfolder(folder, 'cdk8s'));
    const cdk8s = join(folder, 'cdk8s');
    compare('cdk8s synth of the same manifests', command(join(cdk8s, 'node_modules/.bin/cdk8s'), ['synth'], cdk8s));
  } catch {
    note('cdk8s could not be installed or run: not compared with it');
  }
  for (const line of ['plan --offline', 'validate', 'compile', 'compile --json']) {
    const peak = peakMegabytes([...hello, ...line.split(' ')], folder);
    note(`hello ${line}: at most ${peak} MB of memory (below 400)`);
  }
}

function subfolder(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}
