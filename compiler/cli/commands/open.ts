import { flag, jsonFlag, localFlag, type Command } from '../command.ts';
import { openApp } from '../open-app.ts';
import { specFlags } from '../spec-flags.ts';

export const openCommand: Command = {
  flags: [...specFlags, localFlag, jsonFlag, { flags: '--print', help: 'print the URL, and open nothing' }],
  examples: [
    ['open', 'in the browser'],
    ['open --print', 'for a script: curl "$(hello open --print)"'],
  ],
  async run(values, io) {
    const { cluster, spec, target } = await openApp(values, io);
    const { entranceOf } = await import('../../operate/entrance.ts');
    const url = await target.publicUrl(await entranceOf(cluster, spec));
    if (flag(values, 'json')) io.out(`${JSON.stringify({ url })}\n`);
    else io.out(`${url}\n`);
    if (flag(values, 'print') || flag(values, 'json')) return 0;
    const { default: open } = await import('open');
    const browser = await open(url);
    browser.once('error', () => io.say('No browser could be started: open the URL yourself.'));
    return 0;
  },
};
