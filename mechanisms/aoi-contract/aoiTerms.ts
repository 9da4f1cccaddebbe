import { id } from "ethers";

import type { Arguments } from "../../protocol/abiTypes.ts";
import { ContractAbi } from "../../protocol/ContractAbi.ts";
import { IAoIEncodings } from "./abi/IAoIEncodings.ts";
// With its terms, what its policy says of wrong ones is known too (protocol/ContractRevert.ts).
import "./policyContract.ts";

const encodings = new ContractAbi(IAoIEncodings);

/** Terms of the AoI contract: the bonus B ≥ 1, wei, and the menu (contracts/mechanisms/aoi-contract). */
export type AoITerms = Arguments<typeof IAoIEncodings.abi, "terms">[0];

/** An item of the menu: θ_n (`period`), seconds; R_n (`reward`) for an epoch and δ_n (`cost`) an update, wei. */
export type MenuItem = AoITerms["menu"][number];

/** Id of the AoI contract among the reward policies. */
export const AOI_CONTRACT_POLICY = id("freshet.policy.aoi-contract").slice(0, 10);

/** Encodes the AoI contract's terms for `publish`. */
export function encodeAoITerms(terms: AoITerms): string {
  return encodings.encodeArguments("terms", [terms]);
}

/** Decodes the AoI contract's terms; throws `MALFORMED_DATA`. */
export function decodeAoITerms(encoded: string): AoITerms {
  return encodings.decodeArguments("terms", encoded).terms;
}
