import { parseDocument } from 'yaml';
import { compile } from '../compiler/engine/compile.ts';
import { registry } from '../compiler/kinds/registry.ts';
import { read } from '../compiler/spec/read.ts';
import { specSchema } from '../compiler/spec/schema.ts';
import { configOf } from './configs.ts';
import { interleaved, ratio } from './interleaved.ts';
import { row, type Benchmark } from './report.ts';

/** From text to graph, in this process: how it grows, and what it adds to the libraries that it is made of. */
export const compiling: Benchmark = {
  about: 'reading and compiling a config of 1,000 services',
  run() {
    const [small, large] = [configOf(100), configOf(1000)];
    const times = interleaved(
      {
        // Ten times, so that one clean-up of memory weighs the same in both.
        small: () => Array.from({ length: 10 }, () => whole(small)),
        large: () => whole(large),
        floor: () => specSchema.safeParse(parseDocument(large).toJS()),
      },
      15,
    );
    row('a service of 1,000 / a service of 100', ratio(times.large, times.small), 'at most 1.3');
    row('read + compile / yaml with positions + zod alone', ratio(times.large, times.floor), 'at most 1.5');
  },
};

function whole(text: string): void {
  const spec = read(text, 'hello.config.yaml', {});
  if (!spec.ok) throw new Error(`the config of this benchmark is wrong: ${spec.problems[0]?.message}`);
  compile(spec.value, registry);
}
