import type { Diagnostic } from '../../base/diagnostic.ts';
import { exitOf } from '../../base/diagnostic.ts';
import { diagnosticJson } from '../../render/diagnostic-json.ts';
import { configFlag, flag, jsonFlag, projectFlag, type Command } from '../command.ts';
import { findConfigText, readSpec } from '../load-spec.ts';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check the config, offline',
  flags: [configFlag, projectFlag, jsonFlag],
  examples: [
    ['validate', 'check hello.config.yaml'],
    ['validate -c other.yaml --json', 'check another file, for a program'],
  ],
  async run(values, io) {
    const config = await findConfigText(values, io);
    const spec = config.ok ? readSpec(config.value, values, io.env) : config;
    const problems: readonly Diagnostic[] = spec.ok ? spec.warnings : spec.problems;
    if (flag(values, 'json'))
      io.out(`${JSON.stringify({ valid: spec.ok, diagnostics: problems.map(diagnosticJson) })}\n`);
    else {
      io.diagnose(problems);
      if (spec.ok && config.ok) io.say(`${config.value.file} is valid.`);
    }
    return spec.ok ? 0 : exitOf(problems);
  },
};
