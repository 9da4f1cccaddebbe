import { createRequire } from "node:module";

import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatEthersChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatIgnitionEthers from "@nomicfoundation/hardhat-ignition-ethers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import { defineConfig } from "hardhat/config";

import { hardhatPlugin } from "./chains/networks/hardhatPlugin.ts";
import { keystorePlugin } from "./chains/networks/keystorePlugin.ts";

const require = createRequire(import.meta.url);

// The compiler comes from npm (solc), so that a build needs no other download.
// Hardhat does not compare `version` with the file, so both come from one package.
const compiler = {
  version: (require("solc/package.json") as { version: string }).version,
  path: require.resolve("solc/soljson.js"),
  settings: {
    evmVersion: "prague",
    optimizer: { enabled: true, runs: 200 },
    // The notices of errors become the explanations that users read (scripts/tools/generateAbi.ts).
    outputSelection: { "*": { "*": ["userdoc"] } },
  },
};

// A gateway and its verifier are deployed once a chain and called for every message: cheap calls, not small code.
const forCalls = {
  ...compiler,
  settings: { ...compiler.settings, optimizer: { enabled: true, runs: 1_000_000 } },
};

// The largest contracts: compiled through the intermediate representation they are smaller and cheaper to call,
// at some seconds of compiling, which all contracts together would not be worth. Each gets a copy of its own, as those
// seconds are best spent by two processors: what shares an object is compiled by one (chains/networks/shareSettings.ts).
const forSize = { ...compiler, settings: { ...compiler.settings, viaIR: true } };

// Called within every attestation, claim, refresh or enrolment, and small.
const forCallsViaIR = { ...forCalls, settings: { ...forCalls.settings, viaIR: true } };

export default defineConfig({
  plugins: [
    hardhatEthers,
    hardhatEthersChaiMatchers,
    hardhatIgnitionEthers,
    hardhatMocha,
    hardhatNetworkHelpers,
    hardhatPlugin,
    ...(await keystorePlugin()),
  ],
  solidity: {
    // What owns a network of several organisations (chains/networks/deployment/handOver.ts).
    npmFilesToBuild: ["@openzeppelin/contracts/governance/TimelockController.sol"],
    profiles: {
      default: {
        compilers: [compiler],
        overrides: {
          "contracts/gateway/Gateway.sol": forCalls,
          "contracts/gateway/CheckpointVerifier.sol": forCalls,
          "contracts/main/TaskManager.sol": { ...forSize },
          "contracts/subchain/LearningSubchain.sol": { ...forSize },
          "simulation/tasks/contracts/EagerSubchain.sol": { ...forSize },
          "simulation/tasks/contracts/HastyManager.sol": { ...forSize },
          "contracts/main/Agreement.sol": forCallsViaIR,
          "contracts/main/RewardEscrow.sol": forCallsViaIR,
          "contracts/mechanisms/aoi-contract/AoIContractPolicy.sol": forCallsViaIR,
          "contracts/mechanisms/aoi-contract/AoIMeter.sol": forCallsViaIR,
          "contracts/mechanisms/model-trading/TradingPolicy.sol": forCallsViaIR,
          "contracts/mechanisms/model-trading/TradingMeter.sol": forCallsViaIR,
          "contracts/mechanisms/twin-migration/TwinMarket.sol": { ...forSize },
        },
      },
      production: { ...compiler, settings: { ...compiler.settings, viaIR: true } },
    },
  },
  networks: {
    // One local chain; chains/networks/LocalChains.ts starts as many as the configuration names, each with its chain id.
    local: {
      type: "edr-simulated",
      chainType: "l1",
      accounts: { count: 1 },
      // Without it automining drifts chain time by a second a block, which would ruin ages and deadlines.
      allowBlocksWithSameTimestamp: true,
      initialBaseFeePerGas: 1_000_000_000,
      loggingEnabled: false,
    },
    // The JSON-RPC server of a local chain; its URL is given by who connects (chains/networks/deploy.ts).
    localRpc: { type: "http", url: "http://127.0.0.1:9201", accounts: "remote" },
  },
  test: {
    // The quick tier; hardhat.deep.config.ts has more of everything.
    solidity: {
      fuzz: { runs: 128 },
      invariant: { runs: 12, depth: 60, failOnRevert: true },
      fsPermissions: { readDirectory: ["test/vectors"] },
    },
  },
  paths: {
    ignition: "chains/networks/ignition",
    sources: "contracts",
    tests: { mocha: "test/integration", solidity: "test/solidity" },
  },
});
