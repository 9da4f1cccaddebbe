import type { ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** Troubles with sources that were told, by chain, until they end. */
const told = new WeakMap<VoucherSource, Map<string, string>>();

/** What the sources of a set's validators answer; one that does not is told of once, and left out. */
export async function askSources<T>(
  sources: readonly VoucherSource[],
  set: ValidatorSet,
  ask: (source: VoucherSource) => Promise<T>,
  { chain, listener }: { chain: string; listener: RelayListener },
): Promise<{ validator: string; answer: T }[]> {
  const wanted = sources.filter(({ validator }) => set.validators.includes(validator));
  const answers = await Promise.all(
    wanted.map(async (source) => {
      const known = told.get(source) ?? new Map<string, string>();
      told.set(source, known);
      try {
        const answer = await ask(source);
        known.delete(chain);
        return [{ validator: source.validator, answer }];
      } catch (error) {
        const doing = `asking validator ${source.validator} for its signatures`;
        if (known.get(chain) !== String(error)) listener({ type: "trouble", chain, doing, error });
        known.set(chain, String(error));
        return [];
      }
    }),
  );
  return answers.flat();
}
