import { ComparedChains } from "../chains/networks/ComparedChains.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { NodeFile } from "../chains/networks/nodeFile.ts";
import type { Terminal } from "./Terminal.ts";

/**
 * The chains of a network as a command reads them that decides by what they say: as enough of each one's endpoints tell
 * it. Of an endpoint that says otherwise its user is warned.
 *
 * @throws `READ_QUORUM_INVALID`.
 */
export function comparedChains(
  network: NetworkFile,
  node: Pick<NodeFile, "readQuorum"> | undefined,
  terminal: Pick<Terminal, "warn">,
): ComparedChains {
  return new ComparedChains(network, node?.readQuorum, {
    listener: (event) => {
      if (event.type !== "differs") return;
      const { chain, url, method, said, agreed } = event;
      terminal.warn(
        `${chain}: ${url} answers ${method} otherwise than enough others: ${said}, not ${agreed}`,
      );
    },
  });
}
