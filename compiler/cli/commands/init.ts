import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Detected } from '../detect.ts';
import { flag, projectFlag, text, yesFlag, type Command, type Values } from '../command.ts';
import { asker, type Io } from '../io.ts';

const fileName = 'hello.config.yaml';
/** A public image that answers every path, for a folder that has nothing to run yet. */
const sample = { image: 'us-docker.pkg.dev/google-samples/containers/gke/hello-app:1.0', port: 8080 };

/** What the template is filled with. */
interface Answers {
  readonly name: string;
  readonly project?: string;
  readonly image?: string;
  readonly port: string;
  readonly portFrom?: string;
  readonly database: boolean;
}

export const initCommand: Command = {
  flags: [
    { flags: '--name <name>', help: 'name of the app (default: that of the repository or the folder)' },
    projectFlag,
    { flags: '--image <image>', help: 'run this image (default: what the Dockerfile here builds)' },
    { flags: '--port <port>', help: 'port that the app listens on (default: EXPOSE, then PORT)' },
    { flags: '--db', help: 'with a PostgreSQL database' },
    yesFlag,
  ],
  examples: [
    ['init', 'asks what cannot be seen'],
    ['init --yes', 'with what can be seen in the folder'],
    ['init --yes --name shop --db', 'and with a database'],
  ],
  async run(values, io) {
    const { detect } = await import('../detect.ts');
    await refuseExisting(io);
    const found = await detect(io.cwd, io.env);
    const proposed = propose(values, found);
    const answers = io.interactive && !flag(values, 'yes') ? await askFor(proposed, io) : proposed;
    const config = await render(answers);
    await requireValid(config, io);
    const file = join(io.cwd, fileName);
    await writeFile(file, config, { flag: 'wx' });
    io.say(`Wrote ${file}.`);
    if (answers.image === sample.image) io.say('There is no Dockerfile here, so it runs a sample image.');
    io.say('Next: hello plan --local');
    return 0;
  },
};

async function refuseExisting(io: Io): Promise<void> {
  const { findConfig } = await import('../../spec/find-config.ts');
  const found = await findConfig(io.cwd);
  if (!found.ok && found.problems.every(({ code }) => code === 'HELLO1001')) return;
  const where = found.ok ? found.value.file : fileName;
  const fix = 'Edit that one, or remove it first.';
  throw new Refusal(problem('HELLO1010', `there is a config already: ${where}`, { fix }));
}

function propose(values: Values, found: Detected): Answers {
  const image = text(values, 'image') ?? (found.dockerfile ? undefined : sample.image);
  const port = text(values, 'port') ?? String(found.port?.number ?? (image === sample.image ? sample.port : 5000));
  const project = text(values, 'project') ?? found.project;
  return {
    name: text(values, 'name') ?? found.name,
    ...(project !== undefined && { project }),
    ...(image !== undefined && { image }),
    port,
    ...(found.port && String(found.port.number) === port && { portFrom: found.port.from }),
    database: flag(values, 'db') || found.database,
  };
}

async function askFor(proposed: Answers, io: Io): Promise<Answers> {
  const asking = await asker(io);
  try {
    const name = await asking.ask('Name of the app', proposed.name);
    const project = await asking.ask('Google Cloud project', proposed.project ?? '');
    const image = proposed.image && (await asking.ask('Image', proposed.image));
    const port = await asking.ask('Port that it listens on', proposed.port);
    const database = /^y/i.test(await asking.ask('A PostgreSQL database? (y/n)', proposed.database ? 'y' : 'n'));
    const from = port === proposed.port && proposed.portFrom !== undefined ? { portFrom: proposed.portFrom } : {};
    return { name, port, ...from, database, ...(project !== '' && { project }), ...(image !== undefined && { image }) };
  } finally {
    asking.close();
  }
}

async function render(answers: Answers): Promise<string> {
  const { default: handlebars } = await import('handlebars');
  const template = await readFile(new URL('../templates/hello.config.yaml.hbs', import.meta.url), 'utf8');
  return handlebars.compile(template, { noEscape: true, strict: false })(answers);
}

/** What is written must be right: a wrong answer is told with the line that it would have made. */
async function requireValid(config: string, io: Io): Promise<void> {
  const { read } = await import('../../spec/read.ts');
  const checked = read(config, fileName, { GOOGLE_CLOUD_PROJECT: 'my-project', ...io.env });
  if (!checked.ok) throw new Refusal(...checked.problems);
}
