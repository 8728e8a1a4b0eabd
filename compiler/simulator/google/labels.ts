import { invalid } from './errors.ts';

const labelsMax = 64;

/** Refuses labels that no Google API takes: https://cloud.google.com/resource-manager/docs/labels-overview#requirements */
export function checkLabels(field: string, labels: unknown): void {
  const entries = Object.entries((labels ?? {}) as Readonly<Record<string, unknown>>);
  if (entries.length > labelsMax)
    throw invalid(`Invalid value for field "${field}": there are more than ${labelsMax} labels.`);
  for (const [key, value] of entries) {
    if (!/^\p{Ll}[\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw invalid(`Invalid value for field "${field}": "${key}" is not a valid label key.`);
    if (value !== null && !(typeof value === 'string' && /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value))) {
      throw invalid(
        `Invalid value for field "${field}": ${JSON.stringify(value)} is not a valid label value for "${key}".`,
      );
    }
  }
}
