import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallConfig } from './configs.ts';
import { command, has, withInstalled } from './installed.ts';
import { interleaved, ratio } from './interleaved.ts';
import { resourcesOf, terraformOf } from './peers.ts';
import { note, row, type Benchmark } from './report.ts';

/** The whole process of a small command, as a user has it: packed and installed. */
export const startUp: Benchmark = {
  about: 'hello validate from the package, the whole process',
  async run() {
    await withInstalled(({ folder, hello }) => {
      writeFileSync(join(folder, 'hello.config.yaml'), smallConfig);
      const node = (...args: string[]): (() => void) => command(process.execPath, args, folder);
      const terraform = join(folder, 'terraform');
      const resources = resourcesOf(smallConfig);
      const hasTerraform = has('terraform', 'version');
      if (hasTerraform) {
        mkdirSync(terraform);
        terraformOf(resources, terraform);
      }
      const times = interleaved(
        {
          floor: node('-e', '0'),
          validate: node(...hello, 'validate'),
          version: node(...hello, '--version'),
          terraform: hasTerraform ? command('terraform', ['validate'], terraform) : () => undefined,
        },
        30,
      );
      row('hello validate / node -e 0', ratio(times.validate, times.floor), 'at most 2.5');
      row('hello --version / node -e 0', ratio(times.version, times.floor), '');
      if (!hasTerraform) return note('terraform is not on PATH: not compared with it');
      const what = `hello validate / terraform validate, ${resources.length} built-in resources`;
      return row(what, ratio(times.validate, times.terraform), 'at most 1.5');
    });
  },
};
