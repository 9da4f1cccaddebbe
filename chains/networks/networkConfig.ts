import { z } from "zod";

import { LONGEST_SECONDS } from "../../protocol/termsBounds.ts";
import { type FinalityRule, finalityRuleSchema } from "../clients/finality.ts";
import { PROOF_KIND_NAMES } from "../proofs/proofKinds.ts";
import { isLoopback } from "./isLoopback.ts";
import { LOCAL_PUBLISHERS } from "./localKeys.ts";
import { leastTimes, wayToMainSeconds } from "./wayToMain.ts";

/** Least time between blocks, seconds. */
const LEAST_BLOCK_SECONDS = 0.1;

const leastSeconds = z.int().min(1).max(LONGEST_SECONDS).optional();
/** The last that there is. */
const MOST_PORT = 65_535;
const port = z.int().min(1).max(MOST_PORT);

/** A local chain as the configuration names it. */
export const chainConfigSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "use lower-case letters, digits and dashes")
    .describe("Unique name; a subchain's is used in task specs."),
  role: z
    .enum(["main", "relay", "virtual", "physical"])
    .describe("Main, relay, or a subchain of the virtual or physical space."),
  chainId: z.int().positive().describe("Unique EIP-155 chain id."),
  port: port.describe("TCP port of its JSON-RPC server."),
  finality: finalityRuleSchema
    .optional()
    .describe(
      "When validators take a block as final: under so many more blocks, or when its chain says so. Without it, 0 more blocks, or 1 with `blockSeconds`.",
    ),
  proofs: z
    .enum(PROOF_KIND_NAMES)
    .default("checkpoint")
    .describe(
      "What its messages are proven with elsewhere: checkpoints of its gateway's outbox, or headers of its blocks; its gateway then keeps no outbox.",
    ),
});
export type ChainConfig = z.input<typeof chainConfigSchema>;

/**
 * A local network (freshet.config.json). Every field has a default, so an empty
 * object is a network of four chains.
 */
export const networkConfigSchema = z
  .strictObject(
    {
      directory: z
        .string()
        .default(".freshet")
        .describe("Where addresses, stored content and signed checkpoints are kept."),
      dataDirectory: z
        .string()
        .default("data")
        .describe("Where the files of data sets are, a folder each; docs/data.md says which."),
      host: z.string().default("127.0.0.1").describe("Address that the servers bind."),
      chains: z
        .array(chainConfigSchema)
        .prefault([
          { name: "main", role: "main", chainId: 31_401, port: 9201 },
          { name: "relay", role: "relay", chainId: 31_402, port: 9202 },
          { name: "virtual", role: "virtual", chainId: 31_403, port: 9203 },
          { name: "physical", role: "physical", chainId: 31_404, port: 9204 },
        ])
        .describe("One main chain, one relay chain and any number of subchains."),
      applications: z
        .array(z.string())
        .default([])
        .describe(
          "Applications that the chains have besides tasks, by name: `twins`, the market of twin migration.",
        ),
      runner: z
        .enum(["hardhat", "anvil"])
        .default("hardhat")
        .describe("What runs the chains: Hardhat in memory, or anvil, whose chains outlive their processes."),
      blockSeconds: z
        .number()
        .min(0)
        .max(60)
        .default(0)
        .describe("Seconds from block to block; 0: a block as soon as there is a transaction."),
      storagePort: port.default(9210).describe("TCP port of the content-addressed store's block server."),
      relayPort: port
        .default(9211)
        .describe("TCP port of the relay's server: validators' signatures, health and metrics."),
      aggregatorPort: port
        .default(9212)
        .describe(
          "TCP port of the first aggregator's server, which gives storage receipts; the others' follow.",
        ),
      servicePort: port
        .default(9250)
        .describe("TCP port of the first service of a mechanism, run by a publisher; the others' follow."),
      validators: z
        .strictObject({
          count: z
            .int()
            .min(1)
            .max(32)
            .default(3)
            .describe("Validators that vouch for every chain: they sign checkpoints, or attest blocks."),
          threshold: z.int().min(1).default(2).describe("How many of them must sign: more than half."),
        })
        .prefault({})
        .describe("Who vouches for what the chains sent."),
      leastTimes: z
        .strictObject({
          reportSeconds: leastSeconds.describe(
            "Least `commitSeconds`, `revealSeconds` and `reportSeconds` of a task. Without it, what reports take by the routes, and 2 s; chains proven by headers count three times, as a report that somebody hid is announced again.",
          ),
          claimSeconds: leastSeconds.describe(
            "Least `claimSeconds` of a task. Without it, what settlements take by the routes, and 10 s.",
          ),
          messageSeconds: leastSeconds.describe(
            "Seconds that the market of twins adds to each of its waits for messages. Without it, what the chains take; less than its parties need is refused.",
          ),
        })
        .prefault({})
        .describe(
          "What tasks and the market of twins must leave for messages to arrive, so that all can be paid.",
        ),
      aggregators: z
        .int()
        .min(1)
        .max(32)
        .default(2)
        .describe("Independent aggregators that this machine runs."),
      devices: z.int().min(0).max(500).default(10).describe("Devices registered, each with a twin."),
    },
    { error: unknownFields },
  )
  .superRefine((config, context) => {
    const roles = config.chains.map(({ role }) => role);
    const issue = (path: string | PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path: [path].flat(), message });
    for (const role of ["main", "relay"] as const) {
      if (roles.filter((other) => other === role).length !== 1)
        issue("chains", `exactly one ${role} chain is needed`);
    }
    if (!roles.some((role) => role === "virtual" || role === "physical"))
      issue("chains", "at least one subchain is needed");
    for (const key of ["name", "chainId", "port"] as const) {
      if (new Set(config.chains.map((chain) => chain[key])).size !== config.chains.length) {
        issue("chains", `two chains have the same ${key}`);
      }
    }
    if (!isLoopback(config.host) && config.host !== "::1") {
      issue(
        "host",
        "everybody knows a local network's keys, so it is bound to this machine alone: 127.0.0.1, ::1 or localhost",
      );
    }
    const taken = new Map<number, string>();
    for (const { port, what, path } of portsOf(config)) {
      const other = taken.get(port);
      if (other !== undefined) issue(path, `port ${port} is for ${other} and for ${what}`);
      else if (port > MOST_PORT) issue(path, `there is no port ${port}, which ${what} would have`);
      taken.set(port, what);
    }
    if (config.validators.threshold > config.validators.count)
      issue("validators", "the threshold exceeds the count");
    if (config.validators.threshold * 2 <= config.validators.count)
      issue("validators", "the threshold must be more than half of the count");
    if (config.blockSeconds > 0 && config.blockSeconds < LEAST_BLOCK_SECONDS)
      issue("blockSeconds", `0, or at least ${LEAST_BLOCK_SECONDS}`);
    for (const [i, { finality }] of config.chains.entries()) {
      if (finality !== undefined && config.blockSeconds === 0 && waits(finality, config.runner)) {
        // Its last message would wait until somebody sends another.
        issue(["chains", i, "finality"], "only a chain with blockSeconds gets further blocks by itself");
      }
    }
  });
export type NetworkConfig = z.infer<typeof networkConfigSchema>;
/** What runs the chains of a local network. */
export type ChainRunner = NetworkConfig["runner"];

/** Every port that a local network listens on, for whom, and the field that it follows from. */
function portsOf(config: {
  chains: readonly { name: string; port: number }[];
  storagePort: number;
  relayPort: number;
  aggregatorPort: number;
  aggregators: number;
  servicePort: number;
}): { port: number; what: string; path: string }[] {
  const following = (first: number, count: number, what: string, path: string) =>
    Array.from({ length: count }, (_, i) => ({ port: first + i, what: `${what} ${i + 1}`, path }));
  return [
    // Two chains with one port were told of above.
    ...[...new Map(config.chains.map((chain) => [chain.port, chain])).values()].map(({ name, port }) => ({
      port,
      what: `the ${name} chain`,
      path: "chains",
    })),
    { port: config.storagePort, what: "the block server", path: "storagePort" },
    { port: config.relayPort, what: "the relay", path: "relayPort" },
    ...following(config.aggregatorPort, config.aggregators, "aggregator", "aggregatorPort"),
    ...following(config.servicePort, LOCAL_PUBLISHERS, "the service of publisher", "servicePort"),
  ];
}

/** Older files have `engine` for `runner`: whoever has one must not have to guess. */
function unknownFields(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "unrecognized_keys" || !issue.keys.includes("engine")) return undefined;
  return '"engine" is called "runner" now: rename the field, its values are the same';
}

/** When a chain of a network counts a block as final: as configured, or what suits how blocks are made. */
export function finalityOf(config: NetworkConfig, chain: ChainConfig): FinalityRule {
  return chain.finality ?? { confirmations: config.blockSeconds > 0 ? 1 : 0 };
}

/** Blocks after which anvil calls one finalized. */
export const FINALIZED_BLOCKS = 2;

/** How many blocks on top of one count it as final, under a rule. */
export function finalityBlocksOf(rule: FinalityRule, finalizedBlocks: number): number {
  return rule === "finalized" ? finalizedBlocks : rule.confirmations;
}

/** The least times of tasks on a network: as configured, or what the slowest way takes. */
export function leastTimesOf(config: NetworkConfig): { reportSeconds: number; claimSeconds: number } {
  const { blockSeconds } = config;
  const chains = config.chains.map((chain) => {
    const finalityBlocks = finalityBlocksOf(finalityOf(config, chain), FINALIZED_BLOCKS);
    return { ...chain, blockSeconds, finalityBlocks };
  });
  return leastTimes(wayToMainSeconds(chains), config.leastTimes);
}

/** Whether a block waits for later ones. Hardhat's latest block is finalized. */
function waits(finality: FinalityRule, runner: ChainRunner): boolean {
  return finality === "finalized" ? runner === "anvil" : finality.confirmations > 0;
}
