import { exitOf, type Diagnostic, type Result } from '../../base/diagnostic.ts';
import { parseText } from '../../spec/document.ts';
import type { ConfigText } from '../../spec/find-config.ts';
import { stagesIn } from '../../spec/read.ts';
import { choice, jsonFlag, text, type Command, type Values } from '../command.ts';
import type { Io } from '../io.ts';
import { findConfigText, readSpec } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

const formats = ['text', 'json', 'sarif', 'github'] as const;

export const validateCommand: Command = {
  flags: [
    ...specFlags,
    jsonFlag,
    { flags: '-f, --format <format>', help: 'how to tell what is wrong (default: text)', choices: formats },
  ],
  examples: [
    ['validate', 'check hello.config.yaml, in each of its stages'],
    ['validate --stage prod', 'in one of them'],
    ['validate -c other.yaml --json', 'check another file, for a program'],
    ['validate --format sarif > hello.sarif', 'for code scanning'],
    ['validate --format github', 'as annotations of a pull request'],
  ],
  async run(values, io) {
    const config = await findConfigText(values, io);
    const { valid, problems, stages } = config.ok ? readStages(config.value, values, io) : asChecked([], config);
    const format = choice(values, formats) ?? 'text';
    if (format !== 'text') io.out(await toText(format, valid, problems, io));
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
  const parsed = parseText(config.text, config.file);
  if (!parsed.ok) return asChecked([], readSpec(config, values, io.env));
  const once = { ...config, document: parsed.value };
  const stages = named === '' ? stagesIn(parsed.value, config.root) : [];
  if (stages.length === 0) return asChecked([], readSpec(once, values, io.env));
  return asChecked(stages, ...stages.map((stage) => readSpec(once, { ...values, stage }, io.env)));
}

/** As data; each form is loaded when it is asked for. */
async function toText(
  format: Exclude<(typeof formats)[number], 'text'>,
  valid: boolean,
  problems: readonly Diagnostic[],
  io: Io,
): Promise<string> {
  if (format === 'github') {
    const { diagnosticsGithub } = await import('../../render/diagnostics-github.ts');
    return diagnosticsGithub(problems, io.cwd);
  }
  if (format === 'sarif') {
    const { diagnosticsSarif } = await import('../../render/diagnostics-sarif.ts');
    return `${JSON.stringify(diagnosticsSarif(problems, io.cwd))}\n`;
  }
  const { diagnosticJson } = await import('../../render/diagnostic-json.ts');
  return `${JSON.stringify({ valid, diagnostics: problems.map(diagnosticJson) })}\n`;
}
