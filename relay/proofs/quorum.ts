import type { ValidatorSet } from "../../chains/clients/GatewayClient.ts";

/** As many signatures as a set wants, in its order; undefined when there are fewer. */
export function quorum(
  signatures: Readonly<Record<string, string>>,
  { validators, threshold }: ValidatorSet,
): string[] | undefined {
  // The set lists validators in ascending order and its verifier wants signatures in the same.
  const found = validators.flatMap((validator) => signatures[validator] ?? []);
  return found.length < threshold ? undefined : found.slice(0, threshold);
}
