import { at, scalarAt, stringsAt, textAt } from './json-object.ts';
import { badRequest } from './status-error.ts';

/** Whether an object is meant. */
export type Selector = (object: unknown) => boolean;

const everything: Selector = () => true;

/** The grammar of `labelSelector`: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. */
export function labelSelector(text: string | null | undefined): Selector {
  if (text === null || text === undefined || text.trim() === '') return everything;
  const tests = splitOutside(text).map(labelTest);
  return (object) => {
    const labels = stringsAt(object, 'metadata', 'labels');
    return tests.every((each) => each(labels));
  };
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

/** Commas inside parentheses separate values, not requirements. */
function splitOutside(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

const keyPattern = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const forms: readonly (readonly [RegExp, (key: string, values: readonly string[]) => LabelTest])[] = [
  [
    new RegExp(`^(${keyPattern})\\s*!=\\s*([^\\s=!(),]*)$`),
    (key, [value]) =>
      (labels) =>
        labels[key] !== value,
  ],
  [
    new RegExp(`^(${keyPattern})\\s*==?\\s*([^\\s=!(),]*)$`),
    (key, [value]) =>
      (labels) =>
        labels[key] === value,
  ],
  [
    new RegExp(`^(${keyPattern})\\s+in\\s+\\((.*)\\)$`),
    (key, values) => (labels) => values.includes(labels[key] ?? '\u0000'),
  ],
  [
    new RegExp(`^(${keyPattern})\\s+notin\\s+\\((.*)\\)$`),
    (key, values) => (labels) => !values.includes(labels[key] ?? '\u0000'),
  ],
  [
    new RegExp(`^(${keyPattern})\\s*>\\s*(-?\\d+)$`),
    (key, [value]) =>
      (labels) =>
        Number(labels[key] ?? 'NaN') > Number(value),
  ],
  [
    new RegExp(`^(${keyPattern})\\s*<\\s*(-?\\d+)$`),
    (key, [value]) =>
      (labels) =>
        Number(labels[key] ?? 'NaN') < Number(value),
  ],
  [new RegExp(`^!\\s*(${keyPattern})$`), (key) => (labels) => !(key in labels)],
  [new RegExp(`^(${keyPattern})$`), (key) => (labels) => key in labels],
];

function labelTest(text: string): LabelTest {
  for (const [pattern, make] of forms) {
    const match = pattern.exec(text);
    if (match)
      return make(
        match[1] ?? '',
        (match[2] ?? '').split(',').map((value) => value.trim()),
      );
  }
  throw badRequest(`unable to parse requirement: found '${text}', expected: a label requirement`);
}

/** What `spec.selector` of a workload or a policy selects: `matchLabels` and `matchExpressions`. */
export function objectSelector(selector: unknown): Selector {
  const labels = Object.entries(stringsAt(selector, 'matchLabels'));
  const rows = at(selector, 'matchExpressions');
  const expressions = Array.isArray(rows) ? (rows as unknown[]) : [];
  return (object) => {
    const own = stringsAt(object, 'metadata', 'labels');
    return labels.every(([key, value]) => own[key] === value) && expressions.every((each) => expression(each, own));
  };
}

function expression(row: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textAt(row, 'key')];
  const values = at(row, 'values');
  const among = Array.isArray(values) && value !== undefined && values.includes(value);
  switch (textAt(row, 'operator')) {
    case 'In':
      return among;
    case 'NotIn':
      return !among;
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}

/** A selector in text, as `/scale` and tables show it. */
export function spellSelector(selector: unknown): string {
  const labels = Object.entries(stringsAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`);
  const rows = at(selector, 'matchExpressions');
  const expressions = (Array.isArray(rows) ? (rows as unknown[]) : []).map((row) => {
    const key = textAt(row, 'key');
    const operator = textAt(row, 'operator');
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    const values = at(row, 'values');
    return `${key} ${operator.toLowerCase()} (${Array.isArray(values) ? values.join(',') : ''})`;
  });
  return [...labels, ...expressions].join(',');
}

const involved = ['kind', 'name', 'namespace', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const known: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
  events: [...involved.map((field) => `involvedObject.${field}`), 'reason', 'reportingComponent', 'source', 'type'],
};

/** The fields of `fieldSelector` that each kind knows; operators `=`, `==` and `!=`. */
export function fieldSelector(plural: string, text: string | null | undefined): Selector {
  if (text === null || text === undefined || text === '') return everything;
  const tests = text.split(/(?<!\\),/).map((term) => fieldTest(plural, term));
  return (object) => tests.every((each) => each(object));
}

function fieldTest(plural: string, term: string): Selector {
  const match = /^([^=!]+)(!=|==|=)(.*)$/.exec(term);
  const field = match?.[1];
  if (!match || field === undefined) throw badRequest(`invalid field selector: ${term}; can't understand '${term}'`);
  const wanted = (match[3] ?? '').replace(/\\([,=\\])/g, '$1');
  const path = field === 'source' ? ['source', 'component'] : field.split('.');
  if (field !== 'metadata.name' && field !== 'metadata.namespace') {
    const others = known[plural];
    if (!others) {
      throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
    }
    if (!others.includes(field)) throw badRequest(`field label not supported: ${field}`);
  }
  const negated = match[2] === '!=';
  return (object) => {
    const value = scalarAt(object, ...path);
    return (String(value ?? '') === wanted) !== negated;
  };
}
