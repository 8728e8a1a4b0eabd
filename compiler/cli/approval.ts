import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { flag, type Values } from './command.ts';
import { confirm, type Io } from './io.ts';

/** Asks for the exact words, unless `--yes` was given. Throws a Refusal without them, and where nobody can be asked. */
export async function approval(what: string, words: string, values: Values, io: Io): Promise<void> {
  if (flag(values, 'yes')) return;
  if (!io.interactive || flag(values, 'json')) {
    throw new Refusal(
      problem('HELLO1011', `nobody is there to approve this ${what}`, { fix: 'look at the plan, then add --yes' }),
    );
  }
  const agreed = await confirm(io, `Type "${words}" to ${what}: `, words);
  if (!agreed) throw new Refusal(problem('HELLO1011', 'not approved; nothing was done', {}));
}
