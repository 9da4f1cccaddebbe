import { id } from "ethers";

/** What a mechanism is called on chain: four bytes, as its policy and meter answer them (IRewardPolicy.mechanismId). */
export function mechanismId(name: string): string {
  return id(`freshet.mechanism.${name}`).slice(0, 10);
}
