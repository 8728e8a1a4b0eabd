import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licenses of the packages that these modules are of: they ask to go wherever the code goes. Throws for one without. */
export function licensesOf(modules: Iterable<string>): string {
  const folders = new Set([...modules].flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts = [...folders].toSorted().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
    };
    const [file] = globSync('{LICENSE,LICENCE,license}{,.md,.txt}', { cwd: folder });
    if (file === undefined || !existsSync(join(folder, file))) throw new Error(`${name} has no license file`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
