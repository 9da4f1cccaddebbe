import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { Voucher } from "./Fact.ts";

/** Where a validator's vouchers are had. A relayer need not trust it: it checks every signature. */
export interface VoucherSource {
  readonly validator: string;
  /**
   * Vouchers of a gateway from a place on, in the order of their kind.
   *
   * @throws Retryable errors when it does not answer.
   */
  vouchers(kind: ProofKind, chainId: bigint, gateway: string, from: number): Promise<Voucher[]>;
}
