/** A process that answers for a server of twins with the server's key, and lies about what it signs of completions. */
import { createServer, type IncomingMessage } from "node:http";

import { localKey } from "../../chains/networks/localKeys.ts";
import { signCompletion } from "../../mechanisms/twin-migration/market/signatures.ts";
import { PATHS, showSchema, written } from "../../mechanisms/twin-migration/talk/messages.ts";

/** What it can lie about: nothing; when it began; when it ended; all. */
export type Lie = "nothing" | "start" | "end" | "all";

const { port, upstream, key, chainId, contract } = JSON.parse(process.argv[2]!) as {
  port: number;
  upstream: string;
  key: number;
  chainId: string;
  contract: string;
};
const domain = { chainId: BigInt(chainId), contract };
const orders = new Map<string, { vehicle: string; source: string; destination: string }>();
let lie: Lie = "nothing";
process.on("message", (told: Lie) => {
  lie = told;
  process.send!("told");
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function signedOtherwise(asked: string, answer: string): Promise<string> {
  const { migration, stateHash } = JSON.parse(asked) as { migration: string; stateHash: string };
  const { startMs, endMs } = JSON.parse(answer) as { startMs: string; endMs: string };
  const start = BigInt(startMs) + (lie === "start" ? 400n : 0n);
  const end = lie === "end" ? start : BigInt(endMs) + (lie === "start" ? 400n : 0n);
  const number = lie === "all" ? BigInt(migration) + 1n : BigInt(migration);
  const completion = { migration: number, ...orders.get(migration)!, stateHash, startMs: start, endMs: end };
  const { r, yParityAndS } = await signCompletion(localKey("party", key), domain, completion);
  // It says that it took no time at all, and takes its time to say so.
  if (lie === "end") await new Promise((resolve) => setTimeout(resolve, 1600));
  return written({ startMs: start, endMs: end, signature: { r, yParityAndS } });
}

const server = createServer((request, response) => {
  void (async () => {
    const path = request.url ?? "/";
    const asked = await textOf(request);
    if (path === PATHS.show) {
      const { migration, vehicle, source, destination } = showSchema.parse(JSON.parse(asked)).order;
      orders.set(String(migration), { vehicle, source, destination });
    }
    const body = request.method === "POST" ? { body: asked } : {};
    const there = await fetch(new URL(path, upstream), { method: request.method!, ...body });
    const answer = await there.text();
    const isLie = path === PATHS.takeOn && there.ok && lie !== "nothing";
    response.writeHead(there.status, { "content-type": "application/json" });
    response.end(isLie ? await signedOtherwise(asked, answer) : answer);
  })().catch((error: unknown) => response.destroy(error as Error));
});
server.listen(port, "127.0.0.1", () => process.send!("ready"));
