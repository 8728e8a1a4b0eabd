import { refuse } from './errors.ts';
import { at } from './merge.ts';

/**
 * Whether an instance passes a list filter: terms such as `settings.userLabels.team:web`, `state = RUNNABLE` or
 * `name!=old`, joined by AND (or by a blank); `:` looks for a part, or with `*` for presence.
 */
export function passes(filter: string, instance: object): boolean {
  return termsOf(filter).every(({ path, operator, value }) => {
    const found = at(instance, ...path.split('.'));
    const text =
      found === undefined
        ? undefined
        : typeof found === 'object'
          ? JSON.stringify(found)
          : `${found as string | number | boolean}`;
    if (operator === '!=') return text !== value;
    if (text === undefined) return false;
    if (operator === ':') return value === '*' || text === value || text.includes(value);
    return text === value;
  });
}

interface Term {
  readonly path: string;
  readonly operator: string;
  readonly value: string;
}

function termsOf(filter: string): readonly Term[] {
  const pattern = /\s*(?:AND\s+)?\(?([\w.-]+)\s*(!=|=|:)\s*(?:"([^"]*)"|([^\s()"]+))\)?\s*/gy;
  const terms: Term[] = [];
  while (pattern.lastIndex < filter.length) {
    const found = pattern.exec(filter);
    if (!found) throw refuse({ code: 400, reason: 'invalid', message: `Invalid request: Invalid filter: ${filter}.` });
    terms.push({ path: found[1] ?? '', operator: found[2] ?? '', value: found[3] ?? found[4] ?? '' });
  }
  return terms;
}
