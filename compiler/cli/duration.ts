import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `10m`, `1h30m`, `2d`: so many seconds. Throws a Refusal for anything else. */
export function secondsIn(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  const seconds = parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (secondsOf[unit] ?? 0), 0);
  if (parts.map(([part]) => part).join('') === text && seconds > 0) return seconds;
  throw new Refusal(
    problem('HELLO1010', `${flag} takes a duration, not "${text}"`, { fix: 'Write it as 90s, 10m, 1h30m or 2d.' }),
  );
}
