import { closeSync, createReadStream, openSync } from "node:fs";

/**
 * Lines of a file without their ends, in portions as they are read; undefined: there is no such
 * file. A last line without an end is one too.
 *
 * @param path - `-` is `stdin`
 */
export function linesOf(
  path: string,
  stdin: AsyncIterable<string | Uint8Array>,
): AsyncIterable<readonly string[]> | undefined {
  if (path === "-") return portions(stdin);
  try {
    closeSync(openSync(path, "r"));
  } catch {
    return undefined;
  }
  return portions(createReadStream(path, { highWaterMark: 1 << 18 }));
}

async function* portions(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
