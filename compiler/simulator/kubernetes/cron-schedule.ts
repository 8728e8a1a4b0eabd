import { Cron } from 'croner';

/** The times that a CronJob's schedule means. */
export interface CronSchedule {
  /** The first time after one. */
  next(after: Date): Date | undefined;
  /** The last time at or before one. */
  last(upTo: Date): Date | undefined;
}

/** Names of https://pkg.go.dev/github.com/robfig/cron/v3 that Kubernetes takes in place of five fields. */
const names: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const field = /^[0-9A-Za-z*/,?-]+$/;

/**
 * Reads five fields or a name such as `@hourly`, in an IANA time zone or UTC. Throws an Error with the words that the
 * API server has for it.
 */
export function cronSchedule(schedule: string, timeZone = 'Etc/UTC'): CronSchedule {
  const text = schedule.trim();
  if (text.startsWith('@') && names[text] === undefined) throw new Error(`unrecognized descriptor: ${text}`);
  const fields = (names[text] ?? text).split(/\s+/);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const strange = fields.find((each) => !field.test(each));
  if (strange !== undefined) throw new Error(`failed to parse int from ${strange}`);
  const pattern = fields.map((each) => each.replaceAll('?', '*')).join(' ');
  const cron = new Cron(pattern, { timezone: timeZone, paused: true, mode: '5-part' });
  return {
    next: (after) => cron.nextRun(after) ?? undefined,
    // The library looks back in whole seconds, and leaves out the one that it starts from.
    last: (upTo) => cron.previousRuns(1, new Date((Math.floor(upTo.getTime() / 1000) + 1) * 1000))[0],
  };
}

/** Whether this machine knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
