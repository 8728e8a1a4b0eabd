const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity of the Kubernetes API as a number: bytes, or CPUs. NaN for a text that is none. */
export function quantityOf(text: string): number {
  return Number.parseFloat(text) * (units[text.replace(/^[\d.]+/, '')] ?? 1);
}
