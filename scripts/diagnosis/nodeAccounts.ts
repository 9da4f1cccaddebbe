import { KEY_ROLES, type KeyRole } from "../../chains/keys/KeySource.ts";
import { addressAt, NodeKeys } from "../../chains/keys/NodeKeys.ts";
import type { AskPassword } from "../../chains/keys/passwordOf.ts";
import type { KeyPlace, NodeFile } from "../../chains/networks/nodeFile.ts";

/** A key of a node, and what can be known of it without telling anything secret. */
export interface NodeAccount {
  role: KeyRole;
  /** Among those of its role, from 0. */
  index: number;
  /** For people. */
  name: string;
  place: KeyPlace;
  /** Undefined where it cannot be known. */
  address?: string;
  /** Why the key cannot be opened. */
  trouble?: unknown;
}

/** Whether the key is here, or at a signer, and not only its address. */
export function canSign({ place, trouble }: NodeAccount): boolean {
  return trouble === undefined && !("address" in place && !("web3signer" in place));
}

/** Opens each of a node's keys by itself, so that one that cannot be hides no other. */
export async function nodeAccounts(node: Pick<NodeFile, "keys">, ask?: AskPassword): Promise<NodeAccount[]> {
  const found: NodeAccount[] = [];
  for (const role of KEY_ROLES) {
    for (const [index, place] of (node.keys[role] ?? []).entries()) {
      const account: NodeAccount = { role, index, place, name: index === 0 ? role : `${role} ${index + 1}` };
      try {
        account.address = await addressAt(place, role);
        const keys = await NodeKeys.open({ keys: { [role]: [place] } }, [role], ask);
        account.address = keys.key(role).address;
      } catch (error) {
        account.trouble = error;
      }
      found.push(account);
    }
  }
  return found;
}
