import type { Owner } from '../../model/kind.ts';

/**
 * How what we made is told from what others made: labels where an API has them, a description where it has none.
 * Label keys and values must fit `[a-z0-9_-]{0,63}` everywhere, so an app's name is used as it is.
 */
export function ownLabels(app: string): { readonly 'managed-by': 'hello'; readonly 'hello-app': string } {
  return { 'managed-by': 'hello', 'hello-app': app };
}

/** The part of live labels that we manage; what others wrote is neither compared nor touched. */
export function ourPart(
  live: Readonly<Record<string, string>> | null | undefined,
  want: object,
): Record<string, string> {
  return Object.fromEntries(Object.entries(live ?? {}).filter(([key]) => key in want));
}

export function ownerByLabels(live: Readonly<Record<string, string>> | null | undefined, app: string): Owner {
  if (live?.['managed-by'] !== 'hello') return 'nobody';
  return live['hello-app'] === app ? 'us' : 'other';
}

/** The mark in a description: `hello:<app>`, with or without words after it. */
export function ownDescription(app: string): string {
  return `hello:${app}`;
}

export function ownerByDescription(live: string | null | undefined, app: string): Owner {
  if (!live?.startsWith('hello:')) return 'nobody';
  return live.split(' ')[0] === ownDescription(app) ? 'us' : 'other';
}

/** The last part of a resource path: APIs spell networks and projects as full paths, URLs or bare names. */
export function lastPart(path: string | null | undefined): string {
  return path?.split('/').at(-1) ?? '';
}
