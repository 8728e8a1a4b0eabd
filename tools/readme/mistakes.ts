import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../../compiler/base/diagnostic.ts';
import { renderDiagnostic } from '../../compiler/render/diagnostic-text.ts';
import { diskSources } from '../../compiler/spec/disk-sources.ts';
import { read, stagesOf } from '../../compiler/spec/read.ts';

/** A config with one mistake that people make, and what hello answers to it. */
export interface Mistake {
  /** Of its file, without the extension. */
  readonly name: string;
  /** What was done wrong: the comment on its first line. */
  readonly title: string;
  readonly text: string;
  readonly answer: readonly Diagnostic[];
}

/** Where the mistakes are kept, a file each. */
export const mistakesFolder = fileURLToPath(new URL('../../test/mistakes', import.meta.url));

/** Every mistake, by name. One that speaks of production is read as production. */
export function readMistakes(): Mistake[] {
  return globSync('*.yaml', { cwd: mistakesFolder })
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(mistakesFolder, file), 'utf8');
      const title = text.slice(0, text.indexOf('\n')).replace(/^# /, '');
      return { name: basename(file, '.yaml'), title, text, answer: answerTo(text) };
    });
}

/** The answer as it is printed. */
export function shownAnswer({ answer }: Mistake): string {
  return answer.map((each) => `${renderDiagnostic(each, { color: false })}\n`).join('');
}

function answerTo(text: string): readonly Diagnostic[] {
  const file = 'hello.config.yaml';
  const stage = stagesOf(text, file).includes('prod') ? { stage: 'prod' } : {};
  const result = read(text, file, { GOOGLE_CLOUD_PROJECT: 'my-project', DB_TIER: 'db-g1-small' }, [], {
    sources: diskSources(mistakesFolder),
    ...stage,
  });
  return result.ok ? result.warnings : result.problems;
}
