import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A JSON-RPC server that gives these answers and no others. */
export async function answering(
  answers: Readonly<Record<string, unknown>>,
  test: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string };
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
