// Imports run one way (docs/architecture.md):
//   protocol, incentives, learning → chains, storage → relay, workers, aggregators, audit → scripts, experiments, bench
const base = "^protocol/(BaseError|SeededRandom)\\.ts$";
const rooms = {
  protocol: [],
  incentives: [],
  learning: [],
  chains: ["protocol", "incentives", "learning"],
  storage: ["protocol", "learning"],
  relay: ["protocol", "chains"],
  workers: ["protocol", "incentives", "learning", "chains", "storage"],
  aggregators: ["protocol", "incentives", "learning", "chains", "storage"],
  audit: ["protocol", "incentives", "learning", "chains", "storage"],
};
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "not-to-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      severity: "error",
      from: { path: `^${room}/` },
      to: {
        path: "^(?!node_modules/)[a-z]+/",
        pathNot: [`^(${[room, ...allowed].join("|")})/`, base],
        dependencyTypesNot: ["npm", "core"],
      },
    })),
    {
      name: "pure-mathematics",
      severity: "error",
      comment: "incentives and learning import no chain, file system, network or clock",
      // learning/engine loads its own WebAssembly module and addon.
      from: { path: "^(incentives|learning)/", pathNot: "^learning/engine/" },
      to: {
        path: "^(node:)?(fs|fs/promises|net|http|https|timers|timers/promises|child_process|ethers|hardhat)$|^node_modules/(ethers|hardhat)/",
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
