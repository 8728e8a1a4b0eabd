import { diff } from 'node:util';
import type { Json } from '../base/json.ts';
import { countActions, type Change, type FieldChange, type Plan } from '../model/change.ts';
import { knownAfterApply, leftToAutoscaler } from '../model/resource.ts';
import { actionSigns, type Paint } from './style.ts';

export interface PlanTextOptions {
  readonly paint: Paint;
  /** Every field of what is created, and everything that is unchanged. */
  readonly full: boolean;
}

/** The plan for people: a line a resource, a line a field that changes, and a line that sums it up. */
export function renderPlan(plan: Plan, options: PlanTextOptions): string {
  const shown = plan.changes.filter((change) => options.full || change.action !== 'noop');
  const width = Math.max(0, ...shown.map((change) => change.id.length));
  const lines = shown.flatMap((change) => renderChange(change, width, options));
  return [...lines, ...(lines.length > 0 ? [''] : []), renderSummary(plan), ''].join('\n');
}

/** `Plan: 14 create, 1 update, 2 unchanged.` */
export function renderSummary(plan: Plan): string {
  const counts = countActions(plan.changes);
  const changing = (['create', 'adopt', 'update', 'replace', 'delete', 'keep', 'refuse'] as const)
    .filter((action) => counts[action] > 0)
    .map((action) => `${counts[action]} ${action}`);
  const unchanged = counts.noop > 0 ? [`${counts.noop} ${plan.mode === 'apply' ? 'unchanged' : 'gone already'}`] : [];
  if (counts.noop + counts.keep === plan.changes.length) {
    if (plan.mode === 'apply') return 'No changes. Live is what the config says.';
    return counts.keep > 0 ? `Nothing to destroy; ${counts.keep} kept.` : 'Nothing to destroy.';
  }
  return `Plan: ${[...changing, ...unchanged].join(', ')}.`;
}

function renderChange(change: Change, width: number, { paint, full }: PlanTextOptions): string[] {
  const { sign, colour } = actionSigns[change.action];
  const note = noteOf(change);
  const head = `${paint(colour, sign.padStart(3))} ${change.id.padEnd(width)}  ${change.title}${note && ` ${note}`}`;
  if (change.action === 'refuse') {
    const fix = change.problem.fix ? [`      ${change.problem.fix}`] : [];
    return [head, `      ${paint('red', change.problem.message)}`, ...fix, ...fieldLines(change.fields, paint)];
  }
  if (change.action === 'create') return full ? [head, ...fieldLines(change.fields, paint)] : [head];
  return 'fields' in change ? [head, ...fieldLines(change.fields, paint)] : [head];
}

function noteOf(change: Change): string {
  if (change.action === 'keep') return `(${change.missing ? 'left out' : 'kept'}: ${change.why})`;
  if (change.action === 'delete' || change.action === 'replace') {
    const why = change.action === 'delete' && change.because === 'undeclared' ? 'no longer in the config' : '';
    const loss = change.losesData ? `loses ${change.losesData}` : '';
    const all = [why, loss].filter((part) => part !== '').join('; ');
    return all && `(${all})`;
  }
  return '';
}

function fieldLines(fields: readonly FieldChange[], paint: Paint): string[] {
  return fields.flatMap((field) => {
    const replaced = field.forces === 'replace' ? paint('magenta', '  (forces replacement)') : '';
    const holder = field.heldBy ? `  (held by ${field.heldBy})` : '';
    const changed = isText(field.before) && isText(field.after) ? textLines(field.before, field.after, paint) : [];
    return [`      ${field.path}: ${valuesOf(field)}${replaced}${holder}`, ...changed];
  });
}

function valuesOf({ before, after, secret, same }: FieldChange): string {
  if (same) return '(secret, same)';
  if (isText(before) && isText(after)) return 'changed';
  const masked = secret && before !== undefined && after === '(secret)';
  const gone = after === undefined ? 'removed' : renderValue(after);
  return `${before === undefined ? '' : `${renderValue(before)} -> `}${masked ? '(secret, changed)' : gone}`;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.includes('\n');
}

/** Lines that are shown around a changed one. */
const context = 2;

/** The lines of a text that change, with a few around them. */
function textLines(before: string, after: string, paint: Paint): string[] {
  // 1 is a line of the first text alone, -1 one of the second.
  const all = diff(before.split('\n'), after.split('\n'));
  const near = all.map((_line, at) =>
    all.slice(Math.max(0, at - context), at + context + 1).some(([sign]) => sign !== 0),
  );
  return all.flatMap(([sign, line], at) => {
    if (!near[at]) return near[at - 1] ? ['          ...'] : [];
    if (sign === 0) return [`          ${line}`];
    return [sign > 0 ? `        ${paint('red', `- ${line}`)}` : `        ${paint('green', `+ ${line}`)}`];
  });
}

function renderValue(value: Json): string {
  if (value === '(secret)' || value === knownAfterApply || value === leftToAutoscaler) return value;
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
