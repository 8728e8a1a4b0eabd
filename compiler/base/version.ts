import { readFileSync } from 'node:fs';

/** The version of this package. The folders above this file differ between the sources and what is built from them. */
export function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    const found = readManifest(new URL(up, import.meta.url));
    if (found?.name === 'hello-gke' && found.version) return found.version;
  }
  return 'unknown';
}

function readManifest(url: URL): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
