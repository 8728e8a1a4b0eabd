import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { rules } from '../../compiler/spec/rules.ts';
import type { Subject } from '../../compiler/spec/rules/rule.ts';
import { specSchema } from '../../compiler/spec/schema.ts';
import { completeSpec } from '../../compiler/spec/spec.ts';
import { diskSources } from '../../compiler/spec/disk-sources.ts';
import { mistakesFolder, readMistakes, shownAnswer } from '../../tools/readme/mistakes.ts';

const mistakes = readMistakes();

for (const mistake of mistakes) {
  test(`answers to: ${mistake.title}`, () => {
    const expected = readFileSync(join(mistakesFolder, `${mistake.name}.txt`), 'utf8');
    assert.equal(shownAnswer(mistake), expected, 'run: npm run mistakes');
    assert.ok(
      mistake.answer.every(({ at, fix }) => at && fix),
      'each answer says where, and what to do',
    );
  });
}

test('there is a mistake that a rule alone finds, for each rule', () => {
  const subjects = mistakes.flatMap(({ text }) => subjectOf(text) ?? []);
  const unguarded = rules.filter(({ check }) => {
    const others = rules.filter((each) => each.check !== check);
    return !subjects.some((subject) => {
      const found = check(subject).map(({ message }) => message);
      const told = new Set(others.flatMap((each) => each.check(subject).map(({ message }) => message)));
      return found.length > 0 && found.every((message) => !told.has(message));
    });
  });
  assert.deepEqual(
    unguarded.map(({ check }) => check.name),
    [],
  );
});

/** A mistake as the rules see it; undefined for one that does not get as far. */
function subjectOf(text: string): Subject | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  const parsed = specSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const file = parsed.data;
  const spec = completeSpec(file, file.project ?? 'my-project');
  const stage = file.stages && 'prod' in file.stages ? { stage: { name: 'prod', protected: true } } : {};
  return { spec: { ...spec, ...stage }, file, sources: diskSources(mistakesFolder) };
}
