import { dirname } from 'node:path';
import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { LocalCloudControl } from '../../simulator/daemon.ts';
import { configFlag, flag, jsonFlag, text, type CommandGroup, type NamedCommand, type Values } from '../command.ts';
import type { Io } from '../io.ts';
import { findConfigText, folderOf, readSpec } from '../load-spec.ts';
import { localFolder } from '../target.ts';

const start: NamedCommand = {
  name: 'start',
  summary: 'start it in the background, with the state that it had',
  flags: [
    configFlag,
    jsonFlag,
    { flags: '--speed <factor>', help: 'how much faster than the real services (default: 100)', number: 'amount' },
  ],
  examples: [
    ['start', 'everything that was there comes back'],
    ['start --speed 1', 'operations take as long as the real ones'],
  ],
  async run(values, io) {
    const { startLocal } = await import('../local-target.ts');
    const speed = values['speed'];
    const connection = await startLocal(await folder(values, io), io, typeof speed === 'number' ? { speed } : {});
    const told = { running: true, url: connection.url, project: connection.project, kubeconfig: connection.kubeconfig };
    tell(values, io, told, `Running at ${connection.url}. Point gcloud and kubectl at it: eval "$(hello local env)"`);
    return 0;
  },
};

const stop: NamedCommand = {
  name: 'stop',
  summary: 'stop it and everything in it; its state stays',
  flags: [configFlag, jsonFlag],
  examples: [['stop', 'free its processes and ports']],
  async run(values, io) {
    const was = await (await control(values, io)).stop();
    tell(values, io, { running: false, stopped: was }, was ? 'Stopped. Its state is kept.' : 'It was not running.');
    return 0;
  },
};

const status: NamedCommand = {
  name: 'status',
  summary: 'show what runs in it',
  flags: [configFlag, jsonFlag],
  examples: [['status --json', 'as data']],
  async run(values, io) {
    const found = await (await control(values, io)).status();
    if (flag(values, 'json')) io.out(`${JSON.stringify(found ? { running: true, ...found } : { running: false })}\n`);
    else if (found) {
      const { renderLocalStatus } = await import('../../render/local-status-text.ts');
      io.out(renderLocalStatus(found));
    } else io.out('The local cloud is not running. Start it with: hello local start\n');
    return 0;
  },
};

const reset: NamedCommand = {
  name: 'reset',
  summary: 'stop it and remove all that it has kept, databases included',
  flags: [configFlag, jsonFlag],
  examples: [['reset', 'begin anew with an empty cloud']],
  async run(values, io) {
    await (await control(values, io)).reset();
    tell(values, io, { running: false, reset: true }, 'Removed. The next start begins empty.');
    return 0;
  },
};

const env: NamedCommand = {
  name: 'env',
  summary: 'print the variables that point gcloud, kubectl and hello at it',
  flags: [configFlag, jsonFlag],
  examples: [['env', 'for eval: eval "$(hello local env)"']],
  async run(values, io) {
    const variables = (await control(values, io)).environment();
    if (!variables) throw notRunning();
    const all = { ...variables, ...(await projectOfConfig(values, io, variables)) };
    if (flag(values, 'json')) io.out(`${JSON.stringify(all)}\n`);
    else for (const [name, value] of Object.entries(all)) io.out(`export ${name}=${quoted(value)}\n`);
    return 0;
  },
};

export const localCommands: CommandGroup = {
  commands: [start, stop, status, reset, env],
};

async function folder(values: Values, io: Io): Promise<string> {
  const config = await findConfigText(values, io);
  const named = text(values, 'config');
  const base = config.ok ? folderOf(config.value) : named === undefined ? io.cwd : dirname(named);
  return localFolder(base, io.env);
}

async function control(values: Values, io: Io): Promise<LocalCloudControl> {
  const { localCloud } = await import('../../simulator/daemon.ts');
  return localCloud({ dir: await folder(values, io) });
}

/** With a config beside it, the project that the config is for. */
async function projectOfConfig(values: Values, io: Io, variables: Io['env']): Promise<Record<string, string>> {
  const config = await findConfigText(values, io);
  if (!config.ok) return {};
  const project = io.env['GOOGLE_CLOUD_PROJECT'] ?? variables['GOOGLE_CLOUD_PROJECT'];
  const spec = readSpec(config.value, values, { ...io.env, GOOGLE_CLOUD_PROJECT: project });
  return spec.ok ? { CLOUDSDK_CORE_PROJECT: spec.value.project, GOOGLE_CLOUD_PROJECT: spec.value.project } : {};
}

function tell(values: Values, io: Io, data: object, words: string): void {
  if (flag(values, 'json')) io.out(`${JSON.stringify(data)}\n`);
  else io.out(`${words}\n`);
}

function notRunning(): Refusal {
  return new Refusal(problem('HELLO6001', 'the local cloud is not running', { fix: 'start it: hello local start' }));
}

/** For a POSIX shell: nothing in it is special. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
