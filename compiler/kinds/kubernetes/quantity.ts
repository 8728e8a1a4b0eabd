/** Powers of the suffixes of a Kubernetes quantity. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const suffixes: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The number that a quantity means (`250m` is 0.25), or undefined for what is none. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([numkMGTP]|[KMGTP]i)?$/i.exec(String(value));
  const factor = suffixes[match?.[2] ?? ''];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

/** `0.1` and `100m` are the same amount. */
export function sameQuantity(one: unknown, other: unknown): boolean {
  const [a, b] = [parseQuantity(one), parseQuantity(other)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(a) * 1e-9;
}
