import type { NetworkFile } from "../chains/networks/networkFile.ts";

/** The port of a relay whose network has no validators. */
const RELAY_PORT = 9211;

/**
 * The URLs of a relay's server: where the network file says that the validators publish that it runs, each once. Without
 * validators it publishes nothing: its health and metrics are this machine's own, at the port that relays of the network have.
 *
 * @param validators - Which validators it runs, from 0 as the network file lists them.
 */
export function relayUrls({ validators: listed }: NetworkFile, validators: readonly number[]): string[] {
  const own = new Set(validators.flatMap((index) => listed[index]?.url ?? []));
  if (own.size > 0) return [...own];
  const port = listed[0] === undefined ? "" : new URL(listed[0].url).port;
  return [`http://127.0.0.1:${port === "" ? RELAY_PORT : port}`];
}
