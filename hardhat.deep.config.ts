// The deep tier of the Solidity tests: ./freshet test --deep solidity
import config from "./hardhat.config.ts";

export default {
  ...config,
  test: {
    solidity: {
      fuzz: { runs: 5_000 },
      invariant: { runs: 200, depth: 150, failOnRevert: true },
      fsPermissions: { readDirectory: ["test/vectors"] },
    },
  },
};
