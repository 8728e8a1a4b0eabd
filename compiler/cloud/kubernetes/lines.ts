/**
 * The lines of a stream, read as fast as they are taken. One that is longer than `charactersMax` comes in pieces, so that
 * no more than that is ever held.
 */
export async function* linesOf(
  stream: AsyncIterable<unknown>,
  charactersMax: number = 64 * 1024,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) yield* piecesOf(line, charactersMax);
    for (; rest.length > charactersMax; rest = rest.slice(charactersMax)) yield rest.slice(0, charactersMax);
  }
  if (rest !== '') yield rest;
}

function* piecesOf(line: string, charactersMax: number): Generator<string> {
  for (let at = 0; at === 0 || at < line.length; at += charactersMax) yield line.slice(at, at + charactersMax);
}
