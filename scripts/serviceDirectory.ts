import { join } from "node:path";

/** Where a publisher's service of a mechanism keeps what it must find again, in a network's directory. */
export function serviceDirectory(directory: string, mechanism: string, index: number): string {
  return join(directory, "services", mechanism, String(index));
}
