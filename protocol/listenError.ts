import { BaseError } from "./BaseError.ts";

/** Why nothing could listen at an address: `PORT_IN_USE`, or `LISTEN_FAILED` for any other reason. */
export function listenError(
  { host, port, purpose }: { host: string; port: number; purpose: string },
  cause: NodeJS.ErrnoException,
): BaseError {
  if (cause.code !== "EADDRINUSE") {
    return new BaseError("LISTEN_FAILED", `Nothing can listen on port ${port} for ${purpose}.`, {
      details: `${host}:${port}: ${cause.message}`,
      next: "Choose an address of this machine and a port that you may use.",
      cause,
    });
  }
  return new BaseError("PORT_IN_USE", `Port ${port} for ${purpose} is in use.`, {
    details: `Another process listens on ${host}:${port}; perhaps a Freshet is already up.`,
    next: "Stop it, or choose other ports with --base-port or in freshet.config.json. Two networks need two directories: give a new one its own with --directory.",
    cause,
  });
}
