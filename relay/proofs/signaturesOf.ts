import type { ValidatorSet } from "../../chains/clients/GatewayClient.ts";

/** Signatures of a set's validators, in its order, which its verifier wants, and not more than it wants. */
export function signaturesOf(
  signatures: Readonly<Record<string, string>>,
  { validators, threshold }: ValidatorSet,
): string[] {
  return validators.flatMap((validator) => signatures[validator] ?? []).slice(0, threshold);
}
