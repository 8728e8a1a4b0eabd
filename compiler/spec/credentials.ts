import { warning, type Diagnostic, type SourceSpan } from '../base/diagnostic.ts';
import { formatPath, isObject, type Path } from '../base/json.ts';
import type { Document } from './document.ts';

/** What the issuers of credentials make them begin with, so that they are found where they should not be. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, 'a private key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}/, 'a GitHub token'],
  [/\bgithub_pat_\w{22,}/, 'a GitHub token'],
  [/\bglpat-[\w-]{20,}/, 'a GitLab token'],
  [/\bAIza[\w-]{35}/, 'a Google API key'],
  [/\bya29\.[\w-]{20,}/, 'a Google access token'],
  [/\bxox[abprs]-[\w-]{10,}/, 'a Slack token'],
  [/\b[sr]k_live_[A-Za-z0-9]{16,}/, 'a Stripe key'],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, 'a JSON Web Token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i, 'a URL with a password'],
];

/** No credential, and no URL with one, is shorter. */
const shortest = 10;

/** What a text looks like, when it looks like a credential: `a GitHub token`. */
export function credentialIn(text: string): string | undefined {
  if (text.length < shortest) return undefined;
  return shapes.find(([shape]) => shape.test(text))?.[1];
}

/** Whether something of this name holds a credential. `TOKEN_TTL` and `SECRET_NAME` don't. */
export function namesCredential(name: string): boolean {
  const isOne = /passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential/i.test(name);
  return isOne && !/(_|^)(file|path|dir|name|url|uri|ttl|length|size|count|expiry|header|type|id)$/i.test(name);
}

const fix =
  'Whoever reads the config, the plan or the cluster would read it. Keep it in a Kubernetes Secret, or let the app fetch it.';

/** A warning for every value that looks like a credential. The value itself is never told. */
export function credentialWarnings(value: unknown, document: Document): Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(value, [], (text, path) => {
    const shape = credentialIn(text) ?? (isNamed(path, text) ? 'a credential' : undefined);
    if (!shape) return;
    const message = `\`${formatPath(path)}\` looks like ${shape}, and a config is no place for secrets`;
    found.push(warning('HELLO1016', message, { at: hideText(document.locate(path), String(path.at(-1))), fix }));
  });
  return found;
}

/** The same place, without the line: it would show what must not be shown. The key is all that is left of it. */
function hideText(at: SourceSpan, key: string): SourceSpan {
  const margin = at.column - 1;
  const text = `${`${key}: `.slice(-margin).padStart(margin)}…`;
  const flag = 'flag' in at && typeof at.flag === 'string' ? at.flag : undefined;
  return { ...at, text, length: 1, ...(flag !== undefined && { flag: `${flag.slice(0, flag.indexOf('=') + 1)}…` }) };
}

/** In an environment, the name tells: `API_TOKEN: abc`. */
function isNamed(path: Path, text: string): boolean {
  return path.at(-2) === 'env' && text !== '' && namesCredential(String(path.at(-1)));
}

function visit(value: unknown, path: Path, each: (text: string, path: Path) => void): void {
  if (typeof value === 'string') each(value, path);
  else if (typeof value === 'number' && path.at(-2) === 'env') each(String(value), path);
  else if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...path, index], each));
  else if (isObject(value)) for (const key of Object.keys(value)) visit(value[key], [...path, key], each);
}
