import type { IncomingMessage } from "node:http";
import { BlockList } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Headers of browsers and of proxies, which our own client never sends. */
const outsidersHeaders = ["origin", "forwarded", "x-forwarded-for", "via"];

/** Whether an address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, address.includes(":") ? "ipv6" : "ipv4");
}

/**
 * Why a request may come from elsewhere than a process of this machine, or
 * `undefined` when nothing says so. The address alone is not enough: a reverse
 * proxy and a web page open in a browser both connect from the loopback.
 *
 * @example
 * const outsider = signOfOutsider(request); // "It came from 192.0.2.7."
 */
export function signOfOutsider(request: IncomingMessage): string | undefined {
  const address = request.socket.remoteAddress ?? "";
  if (!isLoopbackAddress(address)) return `It came from ${address || "an unknown address"}.`;
  const header = outsidersHeaders.find((name) => name in request.headers);
  return header === undefined ? undefined : `It has the header "${header}" of a browser or of a proxy.`;
}
