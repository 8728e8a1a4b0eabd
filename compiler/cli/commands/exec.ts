import { problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import { list, localFlag, text, type Command } from '../command.ts';
import { openApp } from '../open-app.ts';
import { specFlags } from '../spec-flags.ts';

export const execCommand: Command = {
  words: [{ name: '[service]', help: 'which (default: the only one)' }],
  rest: { name: '<command...>', help: 'what is run in the container, and its arguments' },
  flags: [
    ...specFlags,
    localFlag,
    { flags: '--container <name>', help: "a container beside the app's own, such as cloud-sql-proxy" },
    { flags: '--pod <name>', help: 'a certain pod (default: one that is ready)' },
  ],
  examples: [
    ['exec -- sh', 'a shell, where the image has one'],
    ['exec web -- node -e "console.log(process.version)"', 'a command; its exit code is passed on'],
    ['exec web -- psql < script.sql', 'what is piped in is its input'],
  ],
  async run(values, io) {
    const command = list(values, 'rest');
    if (command.length === 0) {
      const fix = 'Write it after --: hello exec web -- ls -l';
      throw new Refusal(problem('HELLO1010', 'there is no command to be run', { fix }));
    }
    const { cluster, spec } = await openApp(values, io);
    const [{ containerNamed, podNamed, serviceNamed }, { openTerminal }] = await Promise.all([
      import('../../operate/pods.ts'),
      import('../terminal.ts'),
    ]);
    const service = serviceNamed(spec, text(values, 'service'));
    const pod = await podNamed(cluster, spec, service, text(values, 'pod'));
    const container = containerNamed(pod, text(values, 'container'));
    const { name, namespace = '' } = pod.metadata;
    const terminal = openTerminal();
    // With a terminal, Ctrl-C is a key like any other; without one it may be meant for the command in front of the pipe.
    try {
      return { passed: await cluster.exec({ namespace, pod: name, container, command, ...terminal }, io.signal) };
    } finally {
      terminal.close();
    }
  },
};
