// Imports run one way (docs/architecture.md):
//   protocol, files, numerics, reports → learning, mechanisms/*/mathematics → chains, storage → mechanisms, tasks
//     → relay, workers, aggregators, audit, simulation → dashboard → scripts, experiments, bench
const base = "^(protocol/BaseError|files/decodeText)\\.ts$";
const core = [
  "protocol",
  "files",
  "numerics",
  "reports",
  "learning",
  "chains",
  "storage",
  "mechanisms",
  "tasks",
];
/** What the files of each room may import besides their own. */
const rooms = {
  protocol: [],
  files: ["protocol"],
  numerics: [],
  reports: [],
  learning: ["numerics"],
  chains: ["protocol", "files"],
  storage: ["protocol", "files"],
  mechanisms: ["protocol", "files", "numerics", "reports", "learning", "chains", "storage"],
  tasks: ["protocol", "files", "numerics", "reports", "learning", "chains", "storage", "mechanisms"],
  relay: ["protocol", "files", "numerics", "reports", "chains"],
  workers: core,
  aggregators: core,
  audit: core,
  simulation: [...core, "relay", "workers", "aggregators"],
  dashboard: [...core, "audit"],
  experiments: [...core, "relay", "workers", "aggregators", "audit", "simulation"],
  bench: [...core, "relay", "workers", "aggregators", "audit", "simulation", "dashboard", "experiments"],
  scripts: [
    ...core,
    ...["relay", "workers", "aggregators", "audit", "simulation", "dashboard", "experiments", "bench"],
  ],
};
/**
 * What the parts of learning may import of each other:
 *   engine → optimizers, models → training → federated
 *   detection → datasets, models, training
 *   models, datasets → exchange
 *   engine → reinforcement
 * The engine runs jobs on its
 * threads, and knows none of them.
 */
const learning = {
  engine: [],
  safetensors: [],
  detection: [],
  datasets: ["safetensors", "detection"],
  optimizers: ["engine"],
  models: ["engine", "datasets", "detection"],
  training: ["engine", "datasets", "detection", "optimizers", "models"],
  federated: ["safetensors", "datasets", "models", "training"],
  exchange: ["safetensors", "detection", "datasets", "models"],
  reinforcement: ["engine", "safetensors"],
};
/**
 * What the parts of the dashboard may import: the page runs in a browser, and knows of the rest only what is said on the
 * line between them, and how amounts and addresses are written for people.
 */
const dashboard = { api: ["dashboard/api"], page: ["dashboard/api", "dashboard/page", "reports"] };
/** Modules that reach a chain, a file system, the network or a clock. */
const outside =
  "^(node:)?(fs|fs/promises|net|http|https|timers|timers/promises|child_process|ethers|hardhat)$|^node_modules/(ethers|hardhat)/";

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
    ...Object.entries(learning).map(([part, allowed]) => ({
      name: `learning-${part}-imports`,
      severity: "error",
      from: { path: `^learning/${part}/` },
      to: { path: "^learning/", pathNot: `^learning/(${[part, ...allowed].join("|")})/` },
    })),
    ...Object.entries(dashboard).map(([part, allowed]) => ({
      name: `dashboard-${part}-imports`,
      severity: "error",
      from: { path: `^dashboard/${part}/` },
      to: {
        path: "^(?!node_modules/)[a-z]+/",
        pathNot: `^(${allowed.join("|")})/`,
        dependencyTypesNot: ["npm", "core"],
      },
    })),
    {
      name: "engine-by-its-operations",
      severity: "error",
      comment: "models and optimizers use the engine's operations, not how it is started, threaded or made",
      from: { path: "^learning/(models|optimizers)/" },
      to: { path: "^learning/engine/", pathNot: "^learning/engine/(Engine\\.ts|ops/)" },
    },
    {
      name: "mathematics-imports",
      severity: "error",
      comment:
        "a mechanism's mathematics is pure: it knows only numbers, errors, how specifications are read, and itself",
      from: { path: "^mechanisms/([^/]+)/mathematics/" },
      to: {
        path: "^(?!node_modules/)[a-z]+/",
        pathNot: ["^mechanisms/$1/mathematics/", "^mechanisms/solving/", "^numerics/", base],
        dependencyTypesNot: ["npm", "core"],
      },
    },
    {
      name: "mechanisms-apart",
      severity: "error",
      comment: "a mechanism knows no other; what they share is in mechanisms/ itself",
      from: { path: "^mechanisms/([^/]+)/" },
      to: { path: "^mechanisms/[^/]+/", pathNot: ["^mechanisms/$1/", "^mechanisms/solving/"] },
    },
    {
      name: "one-table-of-mechanisms",
      severity: "error",
      comment: "only the table names a mechanism",
      from: { pathNot: ["^mechanisms/", "^test/", "^bench/"] },
      to: { path: "^mechanisms/[^/]+/", pathNot: "^mechanisms/solving/" },
    },
    {
      name: "pure-mathematics",
      severity: "error",
      comment: "mathematics and learning reach no chain, file system, network or clock",
      // learning/engine loads its own WebAssembly module and addon.
      from: {
        path: "^(numerics|reports|learning|mechanisms/([^/]+/mathematics|solving))/",
        pathNot: "^learning/engine/",
      },
      to: { path: outside },
    },
    {
      name: "product-imports-no-tests",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "no-room-left-out",
      severity: "error",
      comment: "every folder with code is a room of this file, and every one of learning a part",
      from: {
        path: "^(?!test/|tools/|node_modules/)[a-z]+/",
        pathNot: [
          `^(?!learning/)(${Object.keys(rooms).join("|")})/`,
          `^learning/(${Object.keys(learning).join("|")})/`,
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".json"],
    },
  },
};
