import { posix } from 'node:path';
import { DockerfileParser, type Env, type From, type Instruction } from 'dockerfile-ast';

/** What an image built from a Dockerfile would run. */
export interface ImageConfig {
  /** Absolute folder inside the image. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Whether the base image starts `node` when the command is not a program: that of Docker's official `node` image. */
  readonly nodeByDefault: boolean;
  readonly ports: readonly number[];
}

/** An image of the local cloud: instead of layers, the folder that it would be built from. */
export interface Image extends ImageConfig {
  /** Stands for WORKDIR. */
  readonly source: string;
  /** `sha256:…` of what is above. */
  readonly id: string;
}

interface Stage extends ImageConfig {
  /** Build arguments: known while reading, gone at run time. */
  readonly args: Readonly<Record<string, string>>;
}

/** Reads the last stage of a Dockerfile, with what it inherits from earlier stages. Throws when it has no FROM. */
export function readDockerfile(text: string): ImageConfig {
  const stages = new Map<string, Stage>();
  const globals: Record<string, string> = {};
  let stage: Stage | undefined;
  let name = '';
  let index = 0;
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      if (stage) stages.set(name, stage);
      const from = instruction as From;
      const base = expand(from.getImage() ?? '', globals);
      stage = stages.get(base.toLowerCase()) ?? fromBase(base);
      name = (from.getBuildStage() ?? String(index)).toLowerCase();
      index++;
    } else if (stage) {
      stage = apply(stage, instruction, globals);
    } else if (instruction.getKeyword() === 'ARG') {
      Object.assign(globals, argument(instruction, globals));
    }
  }
  if (!stage) throw new Error('the Dockerfile has no FROM instruction');
  const { args: _, ...config } = stage;
  return config;
}

/** What is known of base images without pulling them: how the usual images of Node start it. */
function fromBase(image: string): Stage {
  const name = image.split('@')[0]?.replace(/:[^/]*$/, '') ?? '';
  const distroless = /(^|\/)distroless\/nodejs/.test(name) || /(^|\/)chainguard\/node$/.test(name);
  const official = /(^|\/)node$/.test(name) && !distroless;
  return {
    workdir: '/',
    env: {},
    args: {},
    entrypoint: distroless ? ['node'] : [],
    command: official ? ['node'] : [],
    nodeByDefault: official,
    ports: [],
  };
}

function apply(stage: Stage, instruction: Instruction, globals: Readonly<Record<string, string>>): Stage {
  const variables = { ...stage.args, ...stage.env };
  const words = (): string[] => instruction.getArguments().map((word) => expand(word.getValue(), variables));
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      return { ...stage, workdir: posix.resolve(stage.workdir, unquote(words().join(' '))) };
    case 'ENV': {
      const properties = (instruction as Env).getProperties();
      const entries = properties.map((each) => [each.getName(), expand(each.getValue() ?? '', variables)]);
      return { ...stage, env: { ...stage.env, ...Object.fromEntries(entries) } };
    }
    case 'ARG':
      return { ...stage, args: { ...stage.args, ...argument(instruction, { ...globals, ...variables }) } };
    case 'EXPOSE':
      return { ...stage, ports: [...stage.ports, ...words().map((word) => Number.parseInt(word, 10))] };
    case 'ENTRYPOINT':
      // An entrypoint of its own drops the command that came from the base.
      return { ...stage, entrypoint: commandOf(instruction), command: [], nodeByDefault: false };
    case 'CMD':
      return { ...stage, command: commandOf(instruction) };
    default:
      return stage;
  }
}

/** `ARG name` without a value takes that of the global argument of this name. */
function argument(instruction: Instruction, known: Readonly<Record<string, string>>): Record<string, string> {
  const [name = '', ...rest] = (instruction.getArgumentsContent() ?? '').split('=');
  const value = rest.length > 0 ? expand(unquote(rest.join('=')), known) : known[name];
  return value === undefined ? {} : { [name]: value };
}

/** A list of texts in JSON is the argv; anything else goes to a shell. */
function commandOf(instruction: Instruction): string[] {
  const text = instruction.getArgumentsContent() ?? '';
  return argvOf(text) ?? ['/bin/sh', '-c', text];
}

function argvOf(text: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2');
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`. */
function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\\\$|\$(\w+)|\$\{(\w+)(?::([-+])([^}]*))?\}/g, (all, plain, braced, operator, word) => {
    if (all === '\\$') return '$';
    const value = variables[(plain ?? braced) as string] ?? '';
    if (operator === '-') return value === '' ? String(word) : value;
    if (operator === '+') return value === '' ? '' : String(word);
    return value;
  });
}
