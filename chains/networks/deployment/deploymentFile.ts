import { z } from "zod";

import { checked, readJson } from "../../../files/readJson.ts";
import { LONGEST_SECONDS } from "../../../protocol/termsBounds.ts";
import { weiText } from "../../../protocol/weiText.ts";
import { writtenAddressSchema } from "../../../protocol/writtenAddress.ts";
import { finalityRuleSchema } from "../../clients/finality.ts";
import { PROOF_KIND_NAMES } from "../../proofs/proofKinds.ts";
import { chainConfigSchema } from "../networkConfig.ts";

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;
/** Longest delay of an owner or a gateway, seconds: a year. */
const LONGEST_DELAY_SECONDS = 366 * 86_400;
/** Most validators of a set: as many as the contracts count. */
const MOST_VALIDATORS = 255;

const address = writtenAddressSchema.refine((value) => value !== ZERO_ADDRESS, "the zero address has no key");
const seconds = z.int().min(1).max(LONGEST_SECONDS);
const server = z.strictObject({
  address: address.describe("The address of its key."),
  url: z.url().describe("Where the others ask it."),
});

/** A chain that exists, as a deployment names it. */
export const deployedChainSchema = z.strictObject({
  name: chainConfigSchema.shape.name,
  role: chainConfigSchema.shape.role,
  chainId: z.int().positive().describe("Its EIP-155 chain id; every endpoint must answer with it."),
  url: z
    .url()
    .regex(/^https?:/, "the first endpoint must be of HTTP or HTTPS")
    .describe(
      "A JSON-RPC endpoint that everybody may know. Whoever has endpoints of his own names them in his node file.",
    ),
  urls: z
    .array(z.url())
    .exactOptional()
    .describe("Further endpoints; those with ws:// or wss:// only announce new blocks."),
  finality: finalityRuleSchema.describe(
    "When a block counts as final: under so many more blocks, or when the chain says so.",
  ),
  finalizedBlocks: z
    .int()
    .min(0)
    .max(10_000)
    .default(64)
    .describe(
      'With finality "finalized": how many blocks the finalized one is behind the newest, at the most.',
    ),
  blockSeconds: z
    .number()
    .min(0)
    .max(3600)
    .describe("Seconds from block to block; 0: a block as soon as there is a transaction."),
  proofs: z
    .enum(PROOF_KIND_NAMES)
    .default("checkpoint")
    .describe(
      "What its messages are proven with elsewhere: checkpoints of its gateway's outbox, or headers of its blocks.",
    ),
});
export type DeployedChain = z.output<typeof deployedChainSchema>;

const organizationSchema = z.strictObject({
  name: z.string().min(1).max(64).describe("Who it is, for people."),
  proposers: z
    .array(address)
    .default([])
    .describe("Who proposes, cancels and executes in its name what the owner of the contracts does."),
  registrars: z.array(address).default([]).describe("Who registers workers in its name, on every subchain."),
  validators: z
    .array(server)
    .default([])
    .describe(
      "Its validators, which vouch for every chain's messages, and where each publishes what it signed.",
    ),
  aggregators: z.array(server).default([]).describe("Its aggregators, which tasks may name."),
  services: z
    .record(z.string(), z.array(server))
    .exactOptional()
    .describe("What mechanisms have it serve, by the mechanism's name."),
});

/** What `freshet deploy` reads: chains that exist, who is in the network, and by which rules. Nothing in it is secret. */
export const deploymentSchema = z
  .strictObject({
    version: z.literal(1).describe("The form of the file."),
    chains: z.array(deployedChainSchema).describe("One main chain, one relay chain, at least one subchain."),
    organizations: z.array(organizationSchema).min(1).describe("Who is in the network."),
    validatorThreshold: z
      .int()
      .min(1)
      .describe("How many of all organisations' validators must sign: more than half."),
    guardian: address.describe(
      "Who may stop routes and cancel what was scheduled, and nothing else: a key of its own, or a contract of several.",
    ),
    owner: z
      .union([
        z.strictObject({
          timelock: z.strictObject({
            delaySeconds: z
              .int()
              .min(0)
              .max(LONGEST_DELAY_SECONDS)
              .describe("How long everybody sees what was proposed before it can be executed."),
          }),
        }),
        z.strictObject({ plain: address.describe("One key or contract that owns everything.") }),
      ])
      .describe(
        "Who owns the contracts: on each chain a TimelockController of OpenZeppelin's, with the organisations' proposers, or one account.",
      ),
    delaySeconds: z
      .int()
      .min(1)
      .max(LONGEST_DELAY_SECONDS)
      .default(86_400)
      .describe("Seconds before gateways believe another verifier, or verifiers other validators."),
    mechanisms: z
      .array(z.string())
      .exactOptional()
      .describe("Mechanisms whose contracts are deployed, by name; all that there are unless given."),
    applications: z
      .array(z.string())
      .default([])
      .describe("Applications besides tasks, by name: `twins`, the market of twin migration."),
    token: z
      .union([
        z.strictObject({ address: address.describe("An ERC-20 on the main chain.") }),
        z.strictObject({
          deploy: z.strictObject({
            holder: address.describe("Who gets the whole supply."),
            supplyWei: weiText.describe("How much there is of it."),
          }),
        }),
      ])
      .describe("What tasks are paid in: a token that is there, or a new one, for trying things out."),
    fees: z
      .strictObject({
        collector: address.describe("Who collects publication fees."),
        unitWei: weiText
          .default("0")
          .describe("What a round on a subchain costs a publisher in the main chain's coin."),
      })
      .describe("What publishers pay for the relaying of their tasks' messages."),
    leastTimes: z
      .strictObject({
        reportSeconds: seconds
          .exactOptional()
          .describe("Least `reportSeconds` of a task. Without it, what the slowest route takes, and 2 s."),
        claimSeconds: seconds
          .exactOptional()
          .describe("Least `claimSeconds` of a task. Without it, what the slowest route takes, and 10 s."),
        messageSeconds: seconds
          .exactOptional()
          .describe(
            "Seconds that the market of twins adds to each of its waits for messages. Without it, what the chains take; less than its parties need is refused.",
          ),
      })
      .prefault({})
      .describe(
        "What tasks and the market of twins must leave for messages to arrive, so that all can be paid.",
      ),
    storage: z
      .strictObject({
        url: z.url().describe("A block server, or any IPFS trustless gateway."),
        urls: z.array(z.url()).exactOptional().describe("Others, asked when it lacks a file or fails."),
      })
      .describe("Where the network's files are asked for."),
  })
  .superRefine((deployment, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: path.split("."), message });
    const { chains, organizations, validatorThreshold } = deployment;
    for (const role of ["main", "relay"] as const) {
      if (chains.filter((chain) => chain.role === role).length !== 1)
        issue("chains", `exactly one ${role} chain is needed`);
    }
    if (!chains.some(({ role }) => role === "virtual" || role === "physical"))
      issue("chains", "at least one subchain is needed");
    for (const key of ["name", "chainId"] as const) {
      if (new Set(chains.map((chain) => chain[key])).size !== chains.length)
        issue("chains", `two chains have the same ${key}`);
    }
    for (const [i, { finality, blockSeconds }] of chains.entries()) {
      const waits = finality === "finalized" || finality.confirmations > 0;
      if (waits && blockSeconds === 0)
        issue(`chains.${i}.finality`, "only a chain with blockSeconds gets further blocks by itself");
    }
    if (new Set(organizations.map(({ name }) => name)).size !== organizations.length)
      issue("organizations", "two organisations have the same name");
    for (const role of ["validators", "aggregators"] as const) {
      const all = organizations.flatMap((organization) => organization[role].map((one) => one.address));
      if (new Set(all).size !== all.length) issue("organizations", `two ${role} have the same address`);
    }
    const validators = organizations.flatMap((organization) => organization.validators).length;
    if (validators > MOST_VALIDATORS) issue("organizations", `at most ${MOST_VALIDATORS} validators`);
    if (validatorThreshold > validators)
      issue("validatorThreshold", `there are ${validators} validators only`);
    else if (validatorThreshold * 2 <= validators)
      issue("validatorThreshold", `of ${validators} validators, more than half must sign`);
    if (!organizations.some(({ aggregators }) => aggregators.length > 0))
      issue("organizations", "at least one aggregator is needed");
    const isTimelock = "timelock" in deployment.owner;
    if (isTimelock && !organizations.some(({ proposers }) => proposers.length > 0))
      issue("organizations", "a timelock needs a proposer: without one nothing could ever be changed");
  });
export type Deployment = z.output<typeof deploymentSchema>;

/**
 * Reads what is to be deployed.
 *
 * @throws `DEPLOYMENT_INVALID` naming every field that does not hold, and those of `readText`.
 */
export async function readDeployment(path: string): Promise<Deployment> {
  return checked<Deployment>(await readJson(path, "DEPLOYMENT_INVALID"), {
    schema: deploymentSchema as unknown as z.ZodType<Deployment>,
    code: "DEPLOYMENT_INVALID",
    message: `${path} does not say what is to be deployed.`,
    next: "Correct the fields named above; docs/deployment.md documents each.",
  });
}
