import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { ChainPlace } from "./networkFile.ts";

/** ERC-7930 addresses of a chain's contracts that send and receive messages: one an application. */
export function applicationsOf({ chainId, contracts }: ChainPlace): string[] {
  return Object.values(contracts.applications).map((address) =>
    formatInteroperable({ chainId: BigInt(chainId), address }),
  );
}
