/** Merkle trees of the outboxes and of the roots that subchains report. */
import { digest, multiProof, range, tree } from "./definitions.ts";

export function trees() {
  const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13];
  return {
    cases: counts.map((count) => {
      const leaves = range(count).map((leaf) => digest(`leaf ${leaf}`));
      const depth = Math.ceil(Math.log2(Math.max(count, 1)));
      const index = Math.floor(count / 2);
      return { leaves, depth, index, ...tree(leaves, depth, index) };
    }),
    // Every set of places of small trees and some of larger ones, all that are left out given by the mask's bits.
    multiProofs: [1, 2, 3, 4, 5, 13, 16, 21].flatMap((count) => {
      const leaves = range(count).map((leaf) => digest(`leaf ${leaf}`));
      const depth = Math.ceil(Math.log2(count));
      const masks =
        count <= 5 ? range(2 ** count).slice(1) : [1, 2 ** count - 1, 0b1010, 0b110110, 2 ** (count - 1) + 1];
      return masks.map((mask) => {
        const places = range(count).filter((place) => Math.floor(mask / 2 ** place) % 2 === 1);
        return {
          count,
          depth,
          places,
          leaves: places.map((place) => leaves[place]!),
          siblings: multiProof(leaves, depth, places),
          root: tree(leaves, depth).root,
        };
      });
    }),
  };
}
