import { type Method, methods } from './definitions.ts';

/** A method and what its URL template captured, decoded: `{ name: 'projects/p/locations/r' }`. */
export interface Match {
  readonly method: Method;
  readonly params: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: Method;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const hosts = new Set(methods.map((method) => method.api.host));
/** Compute is also reached under the host that its links name. */
const aliases: Readonly<Record<string, string>> = { 'www.googleapis.com': 'compute.googleapis.com' };
const routes = buildRoutes();

/**
 * Every method that a request may mean. The API is told by, in order: a path prefix (`/container.googleapis.com/v1/…`),
 * the Host header, nothing (all APIs at once: then operations of several APIs share a path, and the caller tells them
 * apart by the operation's id).
 */
export function matchRoutes(verb: string, host: string | undefined, pathname: string): readonly Match[] {
  const [, first = ''] = pathname.split('/', 2);
  const prefixed = knownHost(first);
  const api = prefixed ?? knownHost(host?.replace(/:\d+$/, '') ?? '');
  const path = prefixed ? pathname.slice(first.length + 1) : pathname;
  return routes.flatMap((route) => {
    if (route.method.verb !== verb || (api && route.method.api.host !== api)) return [];
    const found = route.pattern.exec(path);
    return found ? [{ method: route.method, params: captures(route.names, found) }] : [];
  });
}

function knownHost(name: string): string | undefined {
  const host = aliases[name] ?? name;
  return hosts.has(host) ? host : undefined;
}

function captures(names: readonly string[], found: RegExpExecArray): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, decode(found[index + 1] ?? '')]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Custom verbs (`…:enable`) come first, as a plain last segment would swallow them. */
function buildRoutes(): readonly Route[] {
  const rank = (method: Method): number => (/:\w+$/.test(method.path) ? 0 : 1);
  return methods
    .toSorted((a, b) => rank(a) - rank(b))
    .map((method) => {
      const names: string[] = [];
      const source = method.path.replaceAll(
        /\{(\w+)(?:=([^}]+))?\}|[.+?^$()|[\]\\]/g,
        (all, name: string | undefined, inner: string | undefined) => {
          if (!name) return `\\${all}`;
          names.push(name);
          return `(${(inner ?? '*').replaceAll('**', '\u0000').replaceAll('*', '[^/]+').replaceAll('\u0000', '.+')})`;
        },
      );
      return { method, pattern: new RegExp(`^${source}$`), names };
    });
}
