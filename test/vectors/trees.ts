/** Merkle trees of the outboxes and of the roots that subchains report. */
import { digest, range, tree } from "./definitions.ts";

export function trees() {
  const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13];
  return {
    cases: counts.map((count) => {
      const leaves = range(count).map((leaf) => digest(`leaf ${leaf}`));
      const depth = Math.ceil(Math.log2(Math.max(count, 1)));
      const index = Math.floor(count / 2);
      return { leaves, depth, index, ...tree(leaves, depth, index), outboxRoot: tree(leaves, 32).root };
    }),
  };
}
