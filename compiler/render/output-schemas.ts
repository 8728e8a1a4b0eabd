import * as z from 'zod';
import { diagnosticCodes } from '../base/diagnostic.ts';
import { exitCodes } from '../base/exit.ts';
import { actions } from '../model/change.ts';

/** What `--json` writes, for programs that read it. The schemas in schemas/ are made of these. */

const address = z.string().describe('Address of a resource, kind/key.');
const elapsed = z.number().min(0).describe('Milliseconds since the step started.');
const exit = z
  .union(Object.keys(exitCodes).map((code) => z.literal(Number(code))))
  .describe('How the run ended; the exit code of the process.');

const place = z
  .strictObject({
    file: z.string(),
    line: z.int().min(1),
    column: z.int().min(1),
    length: z.int().min(1).describe('Columns that a caret would underline.'),
    text: z.string().describe('The whole line.'),
  })
  .describe('Where in a file of the user; lines and columns count from 1.');

const diagnostic = z.strictObject({
  code: z.enum(Object.keys(diagnosticCodes)).describe('Stable; `hello explain CODE` tells more.'),
  severity: z.enum(['error', 'warning']),
  title: z.string().optional().describe('What the code means in general.'),
  message: z.string().describe('What is wrong, in one sentence.'),
  fix: z.string().optional().describe('What to do about it.'),
  resource: address.optional(),
  flag: z.string().optional().describe('The flag or variable that holds it, when no file does.'),
  at: place.optional(),
});

const field = z.strictObject({
  path: z.string().describe('Which field: spec.replicas.'),
  before: z.json().optional().describe('Live; "(secret)" for a secret.'),
  after: z.json().optional().describe('Wanted; "(secret)" for a secret.'),
  forces: z.enum(['update', 'replace']),
  secret: z.literal(true).optional(),
  same: z.literal(true).optional().describe('It stays as it is, beside others of a secret thing that change.'),
  heldBy: z.string().optional().describe('The field manager that holds it now.'),
});

const about = {
  id: address,
  kind: z.string(),
  title: z.string().describe('For people.'),
  losesData: z.string().optional().describe('What a removal would lose.'),
};
const fields = z.array(field);

const change = z.discriminatedUnion('action', [
  z.strictObject({ ...about, action: z.literal('noop') }),
  z.strictObject({ ...about, action: z.literal('create'), because: z.enum(['missing', 'parent-pending']), fields }),
  z.strictObject({ ...about, action: z.enum(['update', 'adopt', 'replace']), fields }),
  z.strictObject({ ...about, action: z.literal('delete'), because: z.enum(['undeclared', 'destroy']) }),
  z.strictObject({ ...about, action: z.literal('keep'), why: z.string(), missing: z.literal(true).optional() }),
  z.strictObject({ ...about, action: z.literal('refuse'), problem: diagnostic, fields }),
]);

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 over the changes.');

/** What `hello plan --json` writes. */
export const planSchema = z
  .strictObject({
    format_version: z.literal('1.0'),
    mode: z.enum(['apply', 'destroy']),
    project: z.string(),
    app: z.string(),
    changes: z.array(change).describe('In the order of doing.'),
    hash,
  })
  .meta({ title: 'hello plan --json', description: 'What a run would do.' });

const counts = Object.fromEntries(actions.map((action) => [action, z.int().min(0)]));
const action = z.enum(actions);

/** A line that `hello apply --json` and `hello destroy --json` write. */
export const eventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('version'), format_version: z.literal('1.0'), hello: z.string() }),
    z.strictObject({ type: z.literal('diagnostic'), diagnostic }),
    z.strictObject({ type: z.literal('planned_change'), change }),
    z.strictObject({ type: z.literal('change_summary'), hash, ...counts }),
    z.strictObject({ type: z.literal('step_start'), address, action, title: z.string() }),
    z.strictObject({ type: z.literal('step_progress'), address, message: z.string(), elapsed_ms: elapsed }),
    z.strictObject({ type: z.literal('step_reattached'), address, message: z.string() }),
    z.strictObject({ type: z.literal('step_complete'), address, action, elapsed_ms: elapsed }),
    z.strictObject({ type: z.literal('step_failed'), address, diagnostic, elapsed_ms: elapsed }),
    z.strictObject({ type: z.literal('step_skipped'), address, because: address }),
    z.strictObject({
      type: z.literal('health'),
      address,
      message: z.string().describe('Why it is not healthy yet, in one line.'),
      key: z.string().optional().describe('The key of the config to look at.'),
      at: place.optional(),
    }),
    z.strictObject({
      type: z.literal('rollback'),
      address,
      done: z.boolean().describe('Whether anything was put back.'),
      message: z.string(),
    }),
    z.strictObject({ type: z.literal('outputs'), outputs: z.record(z.string(), z.string()) }),
    z.strictObject({
      type: z.literal('result'),
      exit_code: exit,
      diagnostics: z.array(diagnostic).optional().describe('Why the run ended before it began.'),
    }),
  ])
  .meta({ title: 'hello apply --json', description: 'One line of the output; `result` is the last.' });

export function planJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(planSchema, { target: 'draft-2020-12' });
}

export function eventJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(eventSchema, { target: 'draft-2020-12' });
}
