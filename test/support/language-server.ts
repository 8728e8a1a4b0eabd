import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What the server says of a place: JSON as it came. */
export type Answer = Readonly<Record<string, unknown>>;

/** The real yaml-language-server, spoken to as an editor does: https://microsoft.github.io/language-server-protocol */
export interface LanguageServer {
  /** Opens a text as the file of this path, and resolves with what the server finds wrong. */
  open(path: string, text: string): Promise<readonly Answer[]>;
  /** A question about the place of an opened file; lines and characters count from 0. */
  ask<T>(method: string, path: string, line: number, character: number): Promise<T>;
  stop(): Promise<void>;
}

const settings = { yaml: { schemaStore: { enable: false }, completion: true, hover: true, validate: true } };

export async function languageServer(folder: string): Promise<LanguageServer> {
  const main = createRequire(import.meta.url).resolve('yaml-language-server/bin/yaml-language-server');
  const child = spawn(process.execPath, [main, '--stdio'], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  const pending = new Map<number, (result: unknown) => void>();
  const waiting = new Map<string, (problems: readonly Answer[]) => void>();
  const send = (message: object): void => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    child.stdin.write(body);
  };
  let ids = 0;
  const request = async <T>(method: string, params: unknown): Promise<T> => {
    const id = (ids += 1);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    pending.set(id, resolve);
    send({ id, method, params });
    return (await promise) as T;
  };
  const take = (message: Answer): void => {
    const { id, method, params, result } = message as {
      id?: number;
      method?: string;
      params?: Answer;
      result?: unknown;
    };
    if (method === 'textDocument/publishDiagnostics')
      waiting.get(String(params?.['uri']))?.(params?.['diagnostics'] as readonly Answer[]);
    else if (method !== undefined && id !== undefined) send({ id, result: answerOf(method, params) });
    else if (id !== undefined) pending.get(id)?.(result);
  };
  readMessages(child.stdout, take);
  const rootUri = pathToFileURL(folder).href;
  await request('initialize', {
    processId: process.pid,
    rootUri,
    capabilities: { workspace: { configuration: true } },
  });
  send({ method: 'initialized', params: {} });
  return {
    async open(path, text) {
      const uri = pathToFileURL(path).href;
      const { promise, resolve } = Promise.withResolvers<readonly Answer[]>();
      waiting.set(uri, resolve);
      send({
        method: 'textDocument/didOpen',
        params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
      });
      return promise;
    },
    ask: async (method, path, line, character) =>
      request(method, { textDocument: { uri: pathToFileURL(path).href }, position: { line, character } }),
    async stop() {
      const ended = new Promise((resolve) => void child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

/** The server asks for its settings by section. */
function answerOf(method: string, params: Answer | undefined): unknown {
  if (method !== 'workspace/configuration') return null;
  const items = (params?.['items'] ?? []) as readonly { readonly section?: string }[];
  return items.map(({ section }) => (section === 'yaml' ? settings.yaml : null));
}

function readMessages(stream: NodeJS.ReadableStream, take: (message: Answer) => void): void {
  let buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, Math.max(0, head)))?.[1] ?? -1);
      if (head < 0 || buffer.length < head + 4 + length) return;
      take(JSON.parse(buffer.toString('utf8', head + 4, head + 4 + length)) as Answer);
      buffer = buffer.subarray(head + 4 + length);
    }
  });
}
