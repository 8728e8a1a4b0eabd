/**
 * Quantities of the Kubernetes API (`100m`, `1.5Gi`): their canonical spelling and their size.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const grammar = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;

interface Parsed {
  /** In units of 10^-9. */
  readonly nano: bigint;
  readonly base: 2 | 10;
}

function parse(text: string): Parsed | undefined {
  const match = grammar.exec(text);
  if (!match) return undefined;
  const [, sign = '', digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const base = binary.indexOf(suffix) > 0 ? 2 : 10;
  const exponent = base === 2 ? 0 : exponentOf(suffix);
  const scale = exponent + 9 - fraction.length;
  const raw = BigInt(`${whole}${fraction}`) * (base === 2 ? 1024n ** BigInt(binary.indexOf(suffix)) : 1n);
  const nano = scale >= 0 ? raw * 10n ** BigInt(scale) : roundUp(raw, 10n ** BigInt(-scale));
  return { nano: sign === '-' ? -nano : nano, base };
}

function exponentOf(suffix: string): number {
  const index = decimal.indexOf(suffix);
  return index >= 0 ? (index - 3) * 3 : Number(suffix.slice(1));
}

function roundUp(value: bigint, by: bigint): bigint {
  return value % by === 0n ? value / by : value / by + 1n;
}

/** The server's own spelling: `0.1` is `100m`, `65536Ki` is `64Mi`. Undefined when it isn't a quantity. */
export function canonicalQuantity(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const parsed = parse(String(value));
  return parsed && canonical(parsed);
}

/** The first values, less the others, in the spelling of the first that is not 0. */
export function sumOf(values: readonly string[], less: readonly string[] = []): string {
  const add = (list: readonly string[]): readonly Parsed[] => list.flatMap((each) => parse(each) ?? []);
  const [plus, minus] = [add(values), add(less)];
  const total = (list: readonly Parsed[]): bigint => list.reduce((sum, { nano }) => sum + nano, 0n);
  const base = plus.find(({ nano }) => nano !== 0n)?.base ?? 10;
  return canonical({ nano: total(plus) - total(minus), base });
}

/** Below, at or above 0 as the first is smaller, equal or larger. */
export function compare(a: string, b: string): number {
  const [one, other] = [parse(a)?.nano ?? 0n, parse(b)?.nano ?? 0n];
  return one < other ? -1 : one > other ? 1 : 0;
}

function canonical({ nano, base }: Parsed): string {
  if (nano === 0n) return '0';
  const unit = 1_000_000_000n;
  if (base === 2 && nano % unit === 0n && abs(nano / unit) >= 1024n) return spell(nano / unit, 1024n, binary, 0);
  return spell(nano, 1000n, decimal, 0);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function spell(value: bigint, step: bigint, suffixes: readonly string[], from: number): string {
  let rest = value;
  let index = from;
  while (rest % step === 0n && index < suffixes.length - 1) {
    rest /= step;
    index += 1;
  }
  return `${rest}${suffixes[index] ?? ''}`;
}

/** Thousandths of a unit, rounded up: CPU in millicores. 0 when it isn't a quantity. */
export function milli(value: unknown): number {
  const parsed = parse(String(value));
  return parsed ? Number(roundUp(parsed.nano, 1_000_000n)) : 0;
}

/** Whole units, rounded up: bytes. 0 when it isn't a quantity. */
export function units(value: unknown): number {
  const parsed = parse(String(value));
  return parsed ? Number(roundUp(parsed.nano, 1_000_000_000n)) : 0;
}
