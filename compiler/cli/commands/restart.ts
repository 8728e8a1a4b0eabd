import { flag, text, type Command } from '../command.ts';
import { appFlags, openApp } from '../open-app.ts';
import { tellEvents } from '../tell-events.ts';
import { timeoutFlag } from '../spec-flags.ts';

export const restartCommand: Command = {
  words: [{ name: '[service]', help: 'which (default: all services)' }],
  flags: [...appFlags, timeoutFlag],
  examples: [
    ['restart', 'every service, each a pod at a time'],
    ['restart web --timeout 120', 'one of them, with two minutes to become healthy'],
  ],
  async run(values, io) {
    const { emit, stop } = await tellEvents(values, io);
    try {
      const { cluster, session, spec } = await openApp(values, io, emit);
      const [{ serviceNamed }, { restartOf, rollOut }] = await Promise.all([
        import('../../operate/pods.ts'),
        import('../../operate/restart.ts'),
      ]);
      const name = text(values, 'service');
      const services = name === undefined ? spec.services : [serviceNamed(spec, name)];
      const rollouts = await Promise.all(services.map(async (service) => restartOf(cluster, spec, service)));
      const exit = await rollOut(session, rollouts, io.signal, emit);
      stop();
      if (io.signal.aborted && !flag(values, 'json'))
        io.say('Interrupted. The restart goes on by itself in the cluster.');
      emit({ type: 'result', exit_code: exit });
      return exit;
    } finally {
      stop();
    }
  },
};
