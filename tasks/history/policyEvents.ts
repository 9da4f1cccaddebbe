import { toBeHex, zeroPadValue } from "ethers";

import type { MainChain } from "../../chains/clients/MainChain.ts";
import { logsInRange } from "../../chains/rpc/logRange.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type { PolicyEvent } from "../../mechanisms/MechanismStatement.ts";

/**
 * The events of a mechanism's policy about a task: those that have the task as their first topic, or the task manager as
 * the first and the task as the second.
 *
 * @returns In the order of the chain; undefined where the network has no policy of the mechanism.
 */
export async function policyEvents(
  { client, place }: MainChain,
  { name, contracts: { policy } }: Pick<Mechanism, "name" | "contracts">,
  task: bigint,
): Promise<readonly PolicyEvent[] | undefined> {
  const address = place.contracts.policies[name];
  if (address === undefined) return undefined;
  const head = await readHeader(client.rpc, "latest");
  if (head === undefined) return [];
  const [id, manager] = [toBeHex(task, 32), zeroPadValue(place.contracts.applications.tasks, 32)];
  const logs = await Promise.all(
    [
      [null, id],
      [null, manager, id],
    ].map((topics) => logsInRange(client.rpc, { address, topics }, place.fromBlock, head.number)),
  );
  return logs
    .flat()
    .sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
    .flatMap((log) => {
      const event = policy.decodeEvent(log);
      return event === undefined ? [] : [{ name: event.name, args: event.args as PolicyEvent["args"] }];
    });
}
