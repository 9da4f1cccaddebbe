import { createServer } from "node:net";

import { listenError } from "../../protocol/listenError.ts";

/** Throws `PORT_IN_USE`, or `LISTEN_FAILED`, when nothing can listen on `port`. */
export async function requireFreePort(host: string, port: number, purpose: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause) => reject(listenError({ host, port, purpose }, cause)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
