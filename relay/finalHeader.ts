import type { FinalityPolicy } from "../chains/clients/finality.ts";
import type { GatewayClient, Header } from "../chains/clients/GatewayClient.ts";

/** The newest block that is final under a chain's policy; undefined while there is none. */
export async function finalHeader(
  gateway: GatewayClient,
  policy: FinalityPolicy,
): Promise<Header | undefined> {
  if (policy === "finalized") return gateway.header("finalized");
  const head = await gateway.header("latest");
  if (head === undefined || policy.confirmations === 0) return head;
  const number = head.number - policy.confirmations;
  return number < 0 ? undefined : gateway.header(number);
}
