import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Rollback } from '../../operate/roll-back-to.ts';
import { approval } from '../approval.ts';
import { flag, text, yesFlag, type Command, type Values } from '../command.ts';
import type { Io } from '../io.ts';
import { appFlags, openApp } from '../open-app.ts';
import { timeoutFlag } from '../spec-flags.ts';
import { tellEvents } from '../tell-events.ts';

export const rollbackCommand: Command = {
  words: [
    { name: '[release]', help: 'its number in `hello releases` (default: the newest that differs from what runs)' },
  ],
  flags: [...appFlags, yesFlag, timeoutFlag],
  examples: [
    ['rollback', 'show what would change, ask, and go back to the release before'],
    ['rollback 7 --yes', 'to a certain one, without asking'],
  ],
  async run(values, io) {
    const { emit, stop } = await tellEvents(values, io);
    try {
      const { cluster, session, spec } = await openApp(values, io, emit);
      const { planRollback } = await import('../../operate/roll-back-to.ts');
      const rollback = await planRollback(cluster, spec, numberOf(values));
      if (!flag(values, 'json')) io.out(wordsOf(rollback));
      if (rollback.steps.length === 0) {
        emit({ type: 'result', exit_code: 0 });
        return 0;
      }
      await approval('rollback', 'yes', values, io);
      const { rollOut } = await import('../../operate/restart.ts');
      const exit = await rollOut(session, rollback.steps, io.signal, emit);
      stop();
      if (exit === 0) await rollback.record();
      if (!flag(values, 'json')) tellEnd(rollback, exit, io);
      emit({ type: 'result', exit_code: exit });
      return exit;
    } finally {
      stop();
    }
  },
};

function numberOf(values: Values): number | undefined {
  const given = text(values, 'release');
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new Refusal(
    problem('HELLO1010', `a release is named by its number, not "${given}"`, { fix: 'See `hello releases`.' }),
  );
}

function wordsOf({ release, steps, untouched, missing }: Rollback): string {
  const lines = steps.flatMap(({ service, differences }) => [
    `  ~ ${service.name}`,
    ...differences.map((each) => `      ${each}`),
  ]);
  const others = [
    ...untouched.map((name) => `  = ${name} stays as it is: the release did not have it`),
    ...missing.map((name) => `  = ${name} does not come back: the config no longer has it`),
  ];
  const end = steps.length === 0 ? [`Release ${release.number} is what runs already.`] : [];
  return `${[`Back to release ${release.number} of ${release.at}:`, ...lines, ...others, ...end].join('\n')}\n`;
}

/** What was put back is not what the config says: the next apply would undo it. */
function tellEnd({ release }: Rollback, exit: number, io: Io): void {
  if (exit === 130) io.say('Interrupted. The rollback goes on by itself in the cluster.');
  if (exit !== 0) return;
  io.say(`Rolled back to release ${release.number}.`);
  io.say(
    'The config still says otherwise: `hello plan` shows the difference, and the next apply undoes this rollback.',
  );
  io.say(
    'To make it stay, let the config say what ran then: revert its last change, or name the image of that release.',
  );
}
