import { join } from "node:path";

/** Path of a relayer's database. */
export function relayerDatabase(directory: string, relayer: number): string {
  return join(directory, `relayer-${relayer}.sqlite`);
}
