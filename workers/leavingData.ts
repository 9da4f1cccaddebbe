import type { Dataset } from "../learning/datasets/Dataset.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { applyPrivacyPolicy, type PrivacyPolicy } from "./privacyPolicy.ts";

/**
 * What of a device's data goes to its twin in a task: drawn once for the whole task, by its seed and the device's name.
 *
 * @param stream - Everything the device will ever sense, in the order in which it does.
 * @throws BaseError `PRIVACY_POLICY`.
 */
export function leavingData(
  { name, policy }: { name: string; policy: PrivacyPolicy },
  stream: Dataset,
  { seed }: { seed: number },
): Dataset {
  return applyPrivacyPolicy(policy, stream, new SeededRandom(seed, "privacy", name));
}
