import { createServer } from "node:net";

import { BaseError } from "../../protocol/BaseError.ts";

/** Throws `PORT_IN_USE` when nothing can listen on `port`. */
export async function requireFreePort(host: string, port: number, purpose: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      reject(
        new BaseError("PORT_IN_USE", `Port ${port} for ${purpose} is in use.`, {
          details: `Another process listens on ${host}:${port}; perhaps a Freshet network is already up.`,
          next: "Stop it, or choose other ports with --base-port or in freshet.config.json.",
          cause,
        }),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
