import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mistakesFolder, readMistakes, shownAnswer } from './readme/mistakes.ts';

// Writes what is answered to each mistake beside it. A test compares: read what has changed before you keep it.
await Promise.all(
  readMistakes().map(async (mistake) => writeFile(join(mistakesFolder, `${mistake.name}.txt`), shownAnswer(mistake))),
);
