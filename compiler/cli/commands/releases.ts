import { renderReleases } from '../../render/releases-text.ts';
import { painter } from '../../render/style.ts';
import { flag, type Command } from '../command.ts';
import { appFlags, openApp } from '../open-app.ts';

export const releasesCommand: Command = {
  flags: appFlags,
  examples: [
    ['releases', 'the last ten, the newest first'],
    ["releases --json | jq '.[0].services'", 'what runs now, with the digests of the images'],
  ],
  async run(values, io) {
    const { cluster, spec } = await openApp(values, io);
    const { readReleases } = await import('../../operate/releases.ts');
    const releases = (await readReleases(cluster, spec)).map(({ release }) => release);
    if (flag(values, 'json')) io.out(`${JSON.stringify(releases)}\n`);
    else if (releases.length === 0) io.say('No releases yet: each apply that changes what runs makes one.');
    else io.out(renderReleases(releases, painter(io.colour.out)));
    return 0;
  },
};
