import { enums } from "../protocol/abi/enums.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";

/** Terms as ethers encodes them: with numbers where ours have the names of an enumeration's values. */
export function termsForEthers(terms: TaskTerms): Omit<TaskTerms, "sampling"> & { sampling: number } {
  return { ...terms, sampling: enums.Sampling.indexOf(terms.sampling) };
}
