import { exitOf, type Diagnostic, type Result } from '../../base/diagnostic.ts';
import { diagnosticJson } from '../../render/diagnostic-json.ts';
import type { ConfigText } from '../../spec/find-config.ts';
import { stagesOf } from '../../spec/read.ts';
import { flag, jsonFlag, text, type Command, type Values } from '../command.ts';
import type { Io } from '../io.ts';
import { findConfigText, readSpec } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check the config, offline',
  flags: [...specFlags, jsonFlag],
  examples: [
    ['validate', 'check hello.config.yaml, in each of its stages'],
    ['validate --stage prod', 'in one of them'],
    ['validate -c other.yaml --json', 'check another file, for a program'],
  ],
  async run(values, io) {
    const config = await findConfigText(values, io);
    const { valid, problems, stages } = config.ok ? readStages(config.value, values, io) : asChecked([], config);
    if (flag(values, 'json')) io.out(`${JSON.stringify({ valid, diagnostics: problems.map(diagnosticJson) })}\n`);
    else {
      io.diagnose(problems);
      if (valid && config.ok)
        io.say(`${config.value.file} is valid${stages.length > 0 ? `: ${stages.join(', ')}` : ''}.`);
    }
    return valid ? 0 : exitOf(problems);
  },
};

interface Checked {
  readonly valid: boolean;
  readonly problems: readonly Diagnostic[];
  /** The stages that were read. */
  readonly stages: readonly string[];
}

function asChecked(stages: readonly string[], ...results: readonly Result<unknown>[]): Checked {
  const seen = new Set<string>();
  const problems = results
    .flatMap((each) => (each.ok ? each.warnings : each.problems))
    .filter(({ code, at, flag: from, message }) => {
      const key = JSON.stringify([code, at?.file, at?.line, at?.column, from, message]);
      return !seen.has(key) && seen.add(key);
    });
  return { valid: results.every((each) => each.ok), problems, stages };
}

/** Every stage when none is named: what is wrong in any of them is told in one run, and once. */
function readStages(config: ConfigText, values: Values, io: Io): Checked {
  const named = text(values, 'stage') ?? io.env['HELLO_STAGE'] ?? '';
  const stages = named === '' ? stagesOf(config.text, config.file, config.root) : [];
  if (stages.length === 0) return asChecked([], readSpec(config, values, io.env));
  return asChecked(stages, ...stages.map((stage) => readSpec(config, { ...values, stage }, io.env)));
}
