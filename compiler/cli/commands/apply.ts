import { mainEntrance, serviceId } from '../../kinds/kubernetes/service.ts';
import { namespaceOf } from '../../kinds/names.ts';
import { hasChanges } from '../../model/change.ts';
import { carryOut, type Carried } from '../carry-out.ts';
import {
  adoptFlag,
  dataLossFlag,
  flag,
  forceFlag,
  jsonFlag,
  localFlag,
  yesFlag,
  type Command,
  type Flag,
} from '../command.ts';
import { pushImages } from '../push-images.ts';
import type { Io } from '../io.ts';
import { protectedFlag, specFlags, timeoutFlag } from '../spec-flags.ts';

export const runFlags: readonly Flag[] = [
  { flags: '--parallelism <n>', help: 'steps that run at once (default: 10)', number: 'count' },
  timeoutFlag,
];

export const applyCommand: Command = {
  flags: [
    ...specFlags,
    localFlag,
    jsonFlag,
    yesFlag,
    adoptFlag,
    dataLossFlag,
    protectedFlag,
    forceFlag,
    { flags: '--expect <hash>', help: 'go ahead only if the plan has this hash (8 digits of it will do)' },
    ...runFlags,
    {
      flags: '--rollback-on-failure',
      help: 'put back the release before, of each service that does not become healthy',
    },
  ],
  examples: [
    ['apply', 'plan, ask, and carry out on Google Cloud'],
    ['apply --local --yes', 'on the local cloud, without asking'],
    ['apply --stage prod --var tag=1.4', 'a stage, and what ${opt:tag} stands for'],
    ['apply --yes --timeout 300 --rollback-on-failure', 'five minutes to become healthy, or back to what was'],
    ['apply --yes --json', 'in CI: a line of JSON an event'],
  ],
  async run(values, io) {
    const carried = await carryOut('apply', values, io, pushImages);
    if (carried.exit === 0) await tellOutputs(carried, io, flag(values, 'json'));
    carried.emit({ type: 'result', exit_code: carried.exit });
    return carried.exit;
  },
};

async function tellOutputs({ open, prepared, applied, emit }: Carried, io: Io, json: boolean): Promise<void> {
  const { spec, target } = open;
  const main = mainEntrance(spec);
  const host = main && applied?.outputs.get(serviceId(main.service))?.['address'];
  const url = host ? await target.publicUrl({ namespace: namespaceOf(spec), host, ...main }) : undefined;
  emit({ type: 'outputs', outputs: { ...(url && { url }) } });
  if (json) return;
  if (hasChanges(prepared.plan)) io.say('Applied.');
  if (url) io.out(`${url}\n`);
}
