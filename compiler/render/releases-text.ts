import type { Release } from '../model/release.ts';
import type { Paint } from './style.ts';
import { table } from './table.ts';

/** Releases for people, a line for each service of each. */
export function renderReleases(releases: readonly Release[], paint: Paint): string {
  const rows = releases.flatMap((release) =>
    release.services.map(({ name, image, digest }, index) => [
      index === 0 ? String(release.number) : '',
      index === 0 ? release.at.replace(/\.\d+Z$/, 'Z') : '',
      index === 0 ? (release.by ?? '') : '',
      name,
      digest === undefined || image.includes('@') ? image : `${image} (${digest.slice(0, 19)})`,
      index === 0 && release.rolled_back_to !== undefined ? `rollback to ${release.rolled_back_to}` : '',
    ]),
  );
  const [head = '', ...lines] = table([['release', 'at', 'by', 'service', 'image', ''], ...rows], '');
  return `${[paint('bold', head), ...lines].join('\n')}\n`;
}
