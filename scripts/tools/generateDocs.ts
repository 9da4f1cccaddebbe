/**
 * Writes the pages of the files that people write, such as docs/task-spec.md, from the schemas that read these files:
 *
 *     npm run docs
 *
 * A test compares what `generatedDocs` gives with the files.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { deploymentSchema } from "../../chains/networks/deployment/deploymentFile.ts";
import { networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import { networkFileSchema } from "../../chains/networks/networkFile.ts";
import { nodeFileSchema } from "../../chains/networks/nodeFile.ts";
import { RUN_KINDS } from "../../experiments/sweeps/runKinds.ts";
import { sweepSchema } from "../../experiments/sweeps/SweepSpec.ts";
import { SWEEP_TABLES } from "../../experiments/sweeps/sweepTableDefinitions.ts";
import type { TaskRule } from "../../mechanisms/MechanismTask.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import type { TableColumn } from "../../reports/Table.ts";
import { BOUNDED, SIMULATION_BOUNDS } from "../../simulation/federated/simulationBounds.ts";
import { populationSpecSchema } from "../../tasks/population/populationSpec.ts";
import { taskSpecSchema } from "../../tasks/taskSpec.ts";
import { exportsPage, tableSection } from "./exportsPage.ts";
import { metricsPage } from "./metricsPage.ts";
import { monitoringDashboard } from "./monitoringDashboard.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The part of JSON Schema that the schemas use. */
interface Schema {
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  prefixItems?: readonly Schema[];
  properties?: Record<string, Schema>;
  required?: readonly string[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
}

/** A document that is made of a schema. */
interface Page {
  title: string;
  /** Where the schema is. */
  source: string;
  before: string;
  after: () => string;
  schema: () => z.ZodType;
}

/** Patterns in words. */
const PATTERNS: Readonly<Record<string, string>> = {
  "^\\d+$": "string of digits",
  "^0x[0-9a-fA-F]{40}$": "address, `0x` and 40 hex digits",
  "^[a-z][a-z0-9-]*$": "lower-case letters, digits and dashes",
  "^(strict|fast)\\/[1-9][0-9]*$": '`"strict"`, `"fast"`, or one with its version as in `"strict/1"`',
  "^[A-Za-z0-9]+\\/[A-Za-z0-9_-]+$": "texts `folder/name`",
  "^[^/\\\\]+$": "name of a file",
  "^https?:": "URL of HTTP or HTTPS",
  "^[A-Za-z][A-Za-z0-9]*(\\.[A-Za-z][A-Za-z0-9]*)*$": "names of fields with dots between",
  "^[^\\p{Cc}]+$": "string of one line",
  "^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and underscores",
  "^\\d{1,20}(\\.\\d{1,20})?(\\/[1-9]\\d{0,19})?$": 'such a share as text: `"0.29"`, `"2/3"`',
};

/** Rules of every task, whatever its mechanism. */
const TASK_RULES: readonly TaskRule[] = [
  {
    rule: "`model` takes the data set's samples, tells at least its classes apart, and predicts a real target just where the data set has one ([data.md](data.md) lists shapes and labels)",
    checkedBy: "the schema",
  },
  {
    rule: "`partition` by class (`dirichlet`, `shards`) needs a data set with classes; `natural` one whose samples tell their clients",
    checkedBy: "the schema",
  },
  {
    rule: "the data set has samples to learn from and held out, and among those what a score is measured on",
    checkedBy:
      "`task submit` and `demo`, where the files are; workers and aggregators (`DATASET_EMPTY`, `NOTHING_TO_SCORE`)",
  },
  {
    rule: "`partition` leaves no device without a sample; `natural` needs at least as many clients as devices; `sizes` one number a device",
    checkedBy: "`demo`; the workers (`DEVICE_WITHOUT_DATA`, `PARTITION_CLIENTS`, `PARTITION_SIZES`)",
  },
  { rule: "`training` suits `strategy`", checkedBy: "the schema" },
  {
    rule: "`subchains` name subchains of the network; the network has `aggregators.of` aggregators",
    checkedBy: "`task submit`",
  },
  {
    rule: "at most 4,096 `rounds`, with `sampling` 2,048; `maxWorkers` × number of subchains is at most 65,536; `minUpdates` is at most that product, or with `sampling` its `clients` × number of subchains; those are at most `maxWorkers`",
    checkedBy: "the schema; main and relay chain (`InvalidTerms`)",
  },
  {
    rule: "`schedule.deadlineSeconds` is at least `enrolSeconds` + `epochSeconds`, and at most `enrolSeconds` + 366 days",
    checkedBy: "the schema; main and relay chain (`InvalidTerms`)",
  },
  {
    rule: "`schedule.deadlineSeconds` leaves all rounds their longest: with *R* = `rounds` and *d* = `commitSeconds` + 2 + `revealSeconds` + `reportSeconds`, it is at least `enrolSeconds` + max(*R·d*, ⌊`epochSeconds`·(*R* − 1)/*R*⌋ + *d*)",
    checkedBy: "the schema, which names the least; main and relay chain (`InvalidTerms`); workers",
  },
  {
    rule: "`rounds` × `maxWorkers` × number of subchains is at most 262,144: programs keep the events of all updates until the task is over",
    checkedBy: "the schema; workers and aggregators, who stay away",
  },
  {
    rule: "the updates of `maxWorkers` × number of subchains workers take no more than 8 GiB, as large as updates of the task can be",
    checkedBy: "the schema; workers and aggregators, who stay away",
  },
  {
    rule: "`schedule.commitSeconds`, `revealSeconds`, `reportSeconds` and `claimSeconds` are at least what the network's routes take (`leastTimes` in [network-config.md](network-config.md)); no time is longer than 366 days",
    checkedBy: "main and relay chain (`InvalidTerms`)",
  },
  {
    rule: "on chains whose blocks come of themselves, the schedule leaves blocks and finality their time: with *hop* = (blocks on top of a final one + 1) × block time, a round takes 4 hops, the finality of the main chain and 8 s, and `epochSeconds` is at least `rounds` times that; `enrolSeconds` is at least 2 hops, 2 blocks and 8 s, `commitSeconds` 2 hops, 2 blocks and 4 s; `revealSeconds` the finality of a subchain, 2 blocks and 4 s; `reportSeconds` 2 hops and 2 s, or the finality of the main chain, 2 blocks and 2 s where that is longer, `claimSeconds` 2 hops and 10 s ([operations.md](operations.md#chains-with-blocks-of-their-own))",
    checkedBy:
      "`task submit`, which says which schedule would hold (`SCHEDULE_TOO_TIGHT`), unless it is told to publish `--anyway`",
  },
  {
    rule: "`aggregators.attestations` is more than half of `aggregators.of`, and at most all; no subchain is named twice; at most 32 subchains and 32 aggregators",
    checkedBy: "the schema; main and relay chain (`InvalidTerms`)",
  },
];

const TASK_SPEC: Page = {
  title: "Task specification",
  source: "tasks/taskSpec.ts",
  schema: taskSpecSchema,
  before: `\`./freshet task submit FILE\` reads a task from a JSON file. These work as they are:
[mnist.json](../examples/mnist.json) and [mnist-quick.json](../examples/mnist-quick.json) (handwritten digits),
[turbofan.json](../examples/turbofan.json) (remaining life of engines) and
[machine-anomalies.json](../examples/machine-anomalies.json) (anomalies of machines); the files that the last two need
are told in [data.md](data.md). Unknown fields are refused. Amounts are
whole numbers of wei, written as strings of digits: \`"1000000000000000000"\` is one token of 18 decimals.

A share of a count is a number or a text, and is taken exactly. A text is what it says. A number is the simplest fraction
that it can stand for: 0.29 is 29/100 and 0.6666666666666666 is 2/3, but 0.6667 is more than that. So a quorum of 0.6667
takes all of three workers; \`"2/3"\` takes two.

The file is stored with all defaults filled in, and its digest goes on chain. So every worker, aggregator and auditor
reads the same specification. What the terms are on chain, and which contract checks them, is in
[contracts/TaskManager.md](contracts/TaskManager.md).`,
  after: () => {
    const rules = [
      ...TASK_RULES,
      ...MECHANISMS.flatMap(({ name, task }) =>
        task.rules.map(({ rule, checkedBy }) => ({ rule: `${name}: ${rule}`, checkedBy })),
      ),
    ];
    const rows = rules.map(({ rule, checkedBy }) => [rule, checkedBy]);
    return [
      "## Rules that join fields",
      markdownTable({ columns: columnsOf("rule", "who checks it"), rows }),
      ...MECHANISMS.flatMap(({ task }) => task.remarks ?? []),
    ].join("\n\n");
  },
};

const NETWORK_CONFIG: Page = {
  title: "Network configuration",
  source: "chains/networks/networkConfig.ts",
  schema: () => networkConfigSchema,
  before: `\`./freshet up\`, \`demo\` and \`doctor\` read the local network's configuration from \`freshet.config.json\` in the working
directory, or from the file that \`--config\` names. Every field has a default, so the file may be missing. Unknown
fields are refused. The options \`--chains\` (for \`runner\`), \`--base-port\` and \`--directory\` of \`up\` and \`demo\` take
precedence over the file.`,
  after: () => `## Rules that join fields

- Exactly one chain has the role \`main\` and exactly one \`relay\`; at least one is \`virtual\` or \`physical\`.
- No two chains have the same name, chain id or port.
- \`validators.threshold\` is at most \`validators.count\`, and more than half of it.
- \`blockSeconds\` is 0 or at least 0.1.
- A chain whose blocks are made on demand (\`blockSeconds\` 0) gets no further block after its last transaction, so its
  \`finality\` can only be \`{ "confirmations": 0 }\`, or \`"finalized"\` with Hardhat, whose latest block is finalized.
  Anvil's finalized block is the second before the latest.
- \`host\` must be an address of this machine's loopback: the development keys are refused elsewhere
  ([operations.md](operations.md)).`,
};

const DEPLOYMENT: Page = {
  title: "Deployment",
  source: "chains/networks/deployment/deploymentFile.ts",
  schema: () => deploymentSchema,
  before: `Organisations that operate EVM chains deploy a network to them with one command, by a file that says which chains,
which organisations, and by which rules. Nothing in it is secret, so all of them can read it before. Unknown fields are
refused.

\`\`\`json
{
  "version": 1,
  "chains": [
    { "name": "main", "role": "main", "chainId": 41001, "url": "https://main.example", "finality": "finalized", "finalizedBlocks": 3, "blockSeconds": 2 },
    { "name": "relay", "role": "relay", "chainId": 41002, "url": "https://relay.example", "finality": { "confirmations": 2 }, "blockSeconds": 2 },
    { "name": "physical", "role": "physical", "chainId": 41003, "url": "https://physical.example", "finality": { "confirmations": 2 }, "blockSeconds": 2, "proofs": "header" }
  ],
  "organizations": [
    {
      "name": "Acme",
      "proposers": ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
      "registrars": ["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"],
      "validators": [{ "address": "0x90F79bf6EB2c4f870365E785982E1f101E93b906", "url": "https://validator.acme.example" }],
      "aggregators": [{ "address": "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "url": "https://aggregator.acme.example" }]
    }
  ],
  "validatorThreshold": 1,
  "guardian": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
  "owner": { "timelock": { "delaySeconds": 172800 } },
  "token": { "address": "0x976EA74026E726554dB657fA54763abd0C3a0aa9" },
  "fees": { "collector": "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955", "unitWei": "1000000000000000" },
  "storage": { "url": "https://storage.acme.example" }
}
\`\`\`

\`\`\`
./freshet deploy deployment.json --node node.json --out network.json
./freshet join --role device --node node.json --network network.json --out device.join.json
./freshet admit device.join.json twin.join.json --node node.json --network network.json
./freshet validators list --network network.json
./freshet validators rotate validator.join.json --node node.json --network network.json
./freshet registrars change --add 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 --node node.json --network network.json
\`\`\`

All take \`--json\`. Keys are those of the [node file](keys.md): \`deploy\` needs the role \`deployer\`, which may also be in
Hardhat's encrypted keystore (\`{ "hardhat": "DEPLOYER_KEY" }\`); \`admit\` needs \`registrar\`, \`validators rotate\`
and \`registrars change\` need \`proposer\`.

## What \`deploy\` does

1. **It looks before it sends anything**: every endpoint answers with the chain's id; no contract is larger than chains
   take (EIP-170, EIP-3860); the chain knows the opcodes that the contracts are compiled to (PUSH0, MCOPY, TSTORE, tried
   in a call that changes nothing); the deployer can pay, or gas is free; the token answers as an ERC-20, with the
   decimals that applications count in; nothing that was sent with the deployer's key is under way. It waits for that.
2. **It deploys**, all chains at a time, with Hardhat Ignition, whose journal is kept (\`--journal\`; \`deployment\` beside
   the network file unless given). Each transaction is written down before it is sent. The contracts are compiled in the
   profile \`production\`, which takes minutes once; \`--profile default\` takes those that all tests run with.
3. **It wires** the chains to each other: guardians, validators, routes, links. What a chain has already is read and left
   alone; something else than the file says is an error (\`DEPLOYED_OTHERWISE\`), never overwritten.
4. **It hands over.** With \`owner.timelock\`, each chain gets a TimelockController of OpenZeppelin's, whose proposers,
   cancellers and executors are the organisations' \`proposers\`. It accepts all contracts in a batch that is proposed and
   executed at once, and gets its delay with the same batch. Then the deployer renounces every role: it keeps nothing.
   The registry's admin is the timelock; \`registrars\` admit workers. With \`owner.plain\`, that account must call
   \`acceptOwnership\` of the contracts which the command names, unless it is the deployer itself.
5. **It looks again**, as of each chain's final block: what a reorganization undid is done again. Then it writes the
   network file, which is for everybody.

It can be killed at any moment, and repeated with the same file and journal: what is there is found, nothing is deployed
twice. On chains where gas is free, no account needs any coin.

## Who joins

\`join\` prints what a registrar needs: of each key of the role its address, of a device its twin's and of a twin its
device's (both are named in the node file, in one order; of keys that are elsewhere the address is enough), of an
aggregator or a validator its URL (\`--url\`). Each key signs this (EIP-712) for one chain and one contract, so that it
proves that its holder has it and is of no use in another network. Send the file to a registrar in whatever way.

\`admit\` checks all of it, and registers workers, eight transactions at a time; those that are registered are left
alone. A twin is registered once it and its device have named each other. Aggregators that join are added to the network
file. Whoever holds a registrar's key decides who is admitted: see [threat-model.md](threat-model.md).

## Validators change

\`validators rotate\` takes what new validators' \`join --role validator\` printed, those that go (\`--remove\`), and how
many must sign (\`--threshold\`). It brings the change as far as it can be brought now, says what remains and from when
on, and goes on from there when it is repeated with the same words: proposed to the timelock (its delay), scheduled at
the verifiers (\`delaySeconds\`), applied. Meanwhile the network file has old and new validators, as both are needed.

## Registrars change

\`registrars change\` names accounts that register workers on every subchain (\`--add\`), or takes that from them
(\`--remove\`). With the key of the registries' admin, as a plain owner has it, that is at once. With a proposer's it is
proposed to the timelock and, when its delay is over, executed by repeating it with the same words. \`--print\` sends
nothing and prints the calls that the admin has to make, for a proposer that is itself a contract. \`registrars check\`
tells on which subchains accounts are registrars.`,
  after: () => `## Rules that join fields

- Exactly one chain has the role \`main\` and exactly one \`relay\`; at least one is a subchain. No two have the same name
  or chain id.
- \`finality\` may wait for blocks only where \`blockSeconds\` is above 0.
- \`validatorThreshold\` is more than half of all organisations' validators, and at most all of them.
- A timelock needs a proposer. The deployer is neither proposer, registrar nor guardian (\`DEPLOYER_STAYS\`).
- There is at least one aggregator. No two validators, nor aggregators, have the same address.

## When something fails

| code | cause | what to do |
|---|---|---|
| \`DEPLOYMENT_INVALID\` | the file does not fit; the message names each field | correct it |
| \`WRONG_CHAIN_ID\`, \`CHAIN_UNREACHABLE\` | an endpoint is of another chain, or silent | correct it, in the file or in the node file's \`endpoints\` |
| \`OPCODE_MISSING\` | the chain's hard fork is too old: Cancun at the least | upgrade its nodes and genesis |
| \`CODE_TOO_LARGE\` | a contract is above the limit | a fault of Freshet's, unless the contracts were changed |
| \`INSUFFICIENT_FUNDS\` | the deployer has less than it may take; the reckoning is high | send it some |
| \`MARKET_TOO_TIGHT\`, \`MARKET_TOO_LONG\` | \`leastTimes.messageSeconds\` is less than parties of the market of twins need on these chains, or more than the contract takes; the message says which would do | correct it, or leave it out |
| \`MARKET_TOO_SLOW\` | the chains are too slow for the market's epochs of 100 s ([operations.md](operations.md#a-market-of-twins)) | other chains, or no application \`twins\` |
| \`NOT_A_TOKEN\` | no contract there, no ERC-20, or other decimals | correct \`token\` |
| \`TRANSACTIONS_PENDING\` | something sent with the deployer's key is in no block | see whether the chain makes blocks |
| \`OTHER_CHAIN\` | the journal is of a chain that was started anew | another \`--journal\` |
| \`DEPLOYED_OTHERWISE\` | the chain has something else than the file says | the file that the deployment was begun with |
| \`DEPLOYMENT_REFUSED\` | the chain or Ignition refused; the message says why | put it right, repeat |
| \`DEPLOYMENT_RUNNING\` | another process uses the journal | wait |
| \`CHAIN_UNSETTLED\` | blocks do not become final, or are undone again and again | correct \`finality\` |
| \`JOIN_UNSIGNED\`, \`JOIN_OTHER_NETWORK\`, \`JOIN_CONFLICT\` | a request was changed, is for another network, or gives a worker two devices | have it made again |
| \`REGISTRARS_UNSOUND\` | an account is to become a registrar and to cease to be one | name it once |
| \`NOT_REGISTRAR\`, \`NOT_OWNER\` | the key may not | the key of who may |`,
};

const NETWORK_FILE: Page = {
  title: "Network file",
  source: "chains/networks/networkFile.ts",
  schema: () => networkFileSchema,
  before: `A network file (\`network.json\`) says where the parts of a network meet. \`./freshet deploy\` writes it for chains that exist
([deployment.md](deployment.md)), \`./freshet up\` for those that it starts. Nothing in it is secret: everybody who takes
part, or audits, has the same. What only one organisation knows is in its [node file](node-file.md).`,
  after: () => `## Rules that join fields

- A chain that takes messages of one proven by headers has a \`headerVerifier\`.`,
};

const NODE_FILE: Page = {
  title: "Node file",
  source: "chains/networks/nodeFile.ts",
  schema: () => nodeFileSchema,
  before: `A node file (\`node.json\`) is one organisation's own: its keys, and how it reaches the chains of a network whose
[network file](network-file.md) everybody has. [keys.md](keys.md) says what each way of keeping a key is for. Unknown
fields are refused. Paths in it are relative to it.`,
  after: () => `## Rules that join fields

- No two roles have one key.
- Of the endpoints of a chain, at least one is of HTTP or HTTPS; the network has the chain.
- A chain's \`readQuorum\` is 1, or more than half of its HTTP endpoints, and no more than there are; 16 at the most.`,
};

const POPULATION: Page = {
  title: "Population",
  source: "tasks/population/populationSpec.ts",
  schema: () => populationSpecSchema,
  before: `A population file describes clients that are to be simulated: groups of them, how they behave, and what their private costs
are drawn from. The laboratory plays them ([laboratory.md](laboratory.md#mechanisms-and-populations)), and so does a
network of development chains:

\`\`\`sh
./freshet worker start --population examples/population.json
\`\`\`

Everything is drawn from one seed (\`--population-seed\`). Who client *i* is follows from the file, the seed and *i* alone,
not from how many others there are. Unknown fields are refused. Amounts are tokens of 18 decimals, kept to 10⁻⁹ of one.

A number that is drawn is a number, the same for all, or an object with one of these kinds: \`uniform\`, \`normal\`,
\`gamma\`, \`choice\`. What comes out of its bounds is drawn again, or set to the nearest bound. A behaviour that has no
fields, or only some with defaults, can be written as its kind: \`"copy"\`.`,
  after: () => `## Rules that join fields

- Every group has either a \`count\` or a \`share\`. Groups with a count come first, in their order. Of all others each
  client goes to the group that has least of its share so far.
- With groups that have a share, \`clients\` is needed, here or by whoever plays the population.
- No two groups have the same name, no behaviour is named twice, and who is honest does nothing else.
- Fields of \`mechanisms\` are those that the mechanism asks an owner, as in a workers file: numbers are drawn; amounts in
  wei are \`{ "tokens": … }\`, or a multiple of the client's own cost, \`{ "of": "update", "times": 7.5 }\`.
- Who copies takes part in no task of a strategy that sends control variates.
- On a network, clients that are not honest need the public development keys, which work on development chains of this
  machine alone (\`POPULATION_CHEATS\`). There a twin behaves as its device; what is late of a twin's refreshes is its
  device's matter and stays honest.`,
};

const SWEEP: Page = {
  title: "Sweeps",
  source: "experiments/sweeps/SweepSpec.ts",
  schema: () => sweepSchema,
  before: `A sweep compares settings and mechanisms in the [laboratory](laboratory.md), without chains: every setting with every
seed, several runs at a time.

\`\`\`
./freshet lab run examples/sweep.json          # 4 settings × 5 seeds, a quarter of a minute on two processors
./freshet lab run examples/sweep.json --jobs 1 --threads 2 --out results/lab/skew --json
\`\`\`

It can be killed at any moment and goes on with the same command: a run is a file, \`runs/NAME.json\`, written whole when the
run is finished and never made again. NAME is the SHA-256 (128 bits of it) of all that the run's numbers follow from: kind,
setting with all defaults filled in, seed. So a sweep that is changed keeps the runs that it still has, and two sweeps
in one directory share theirs. A file tells nothing of when, how fast or on how many threads it came about: the same run
is the same bytes.

**A run under way** is saved to \`checkpoints/NAME/\`, between two of its rounds, every half minute (\`--checkpoint SECONDS\`; 0: after
every round). The same command goes on from there, to the same bytes, on whatever number of threads. What a round takes
from those before it is in the checkpoint: the model, clients' states, what they sent and copy, what was attested; data,
choices and pay are derived again. A checkpoint goes when its run is finished. One that was damaged, is another version's,
or belongs to other data is thrown away, and its run starts anew. Those of runs that no sweep has any more may be removed.

**Processes.** Runs are made in processes of their own, as many as there are processors, each on the threads that are left
(\`--jobs\`, \`--threads\`). Whole runs beside each other wait for nobody, where threads of one run wait for each other after every
round; and a run that uses up its memory, or crashes, ends its own process: it is told of, is in no figure, and the others
go on (exit code 3). Each process has the data set in its memory once. Two sweeps at a time in one directory are refused
(\`SWEEP_IN_USE\`), and so is a directory with other things in it (\`SWEEP_DIRECTORY\`), as results replace each other.

## What it writes

| file | what |
|---|---|
| \`NAME.md\` | the report: mean ± standard deviation of each setting, charts, comparisons, what failed |
| \`NAME-1.svg\` … | of the kind \`laboratory\` score, clients' utility and how many remain, by what is spent, with whiskers of a standard deviation: a line for each value of the last column with several, its points those of the column before (side by side, by name, where all spend the same); then curves by round, with the band of a standard deviation; six lines a chart, 24 charts at the most |
| \`NAME.tex\` | the table in LaTeX (booktabs); whatever is in a name is text. \`NAME-groups.tex\`: that of clients that are alike |
| \`NAME.csv\`, \`NAME.json\` | every run; all of it, as \`experiment learning\` writes it |
| \`tables/*.parquet\`, \`tensorboard/\` | the same for [other programs](exports.md), and besides the tables below; made anew each time |
| \`runs/*.json\` | a run each, with its setting and its whole record: of the kind \`laboratory\` every client with its pay in wei |

## What it claims

Of one seed nothing: a report with one seed says so and tests nothing. With more, each value of a column is compared with
the column's first one, seed by seed, in each combination of the other columns. The two runs of a pair have the same
seed, and so the same data, clients and draws.

- Student's paired t-test, two-sided: supposes normal differences (Student 1908).
- The sign-flip test: of the 2^n ways to give the differences signs, how many have as large a sum (Fisher 1935). It supposes
  only symmetry, is exact up to 16 seeds, and has no p below 2^(1 − n): 0.0625 with five seeds.
- Holm's method (1979) for all tests of a report together. *yes* and *no* are said only at 5 %, else *undecided*.

Runs of one data set that saw different samples are refused (\`SWEEP_DATA_DIFFER\`): each keeps a digest of what it saw.

## How much it may be

A file may be somebody else's, and each of its numbers by itself says little of what they come to. So much together is
refused before anything runs, with what it came to:

${markdownTable({
  columns: [{ header: "what" }, { header: "at the most", align: "right" }],
  rows: Object.entries(SIMULATION_BOUNDS).map(([bound, most]) => [
    BOUNDED[bound as keyof typeof BOUNDED],
    most.toLocaleString("en-US"),
  ]),
})}`,
  after: () =>
    [
      ...RUN_KINDS.flatMap(({ kind, about, schema }) => [
        `## Setting of a run: ${kind}`,
        `${about[0]!.toUpperCase()}${about.slice(1)}. Fields of \`base\`; those that a task has too are as in [task-spec.md](task-spec.md).`,
        sections(z.toJSONSchema(schema, { io: "input" }) as Schema, "")[0]!,
      ]),
      `A client without a sample, of which Dirichlet partitions of thousands have many ([data.md](data.md#dealing-to-devices)), is registered like the others: it can be chosen, and then sits the round out.`,
      "## Tables",
      "Beside those of [exports.md](exports.md#experiments), of which a sweep has its own.",
      ...SWEEP_TABLES.flatMap(tableSection),
    ].join("\n\n"),
};

/** The content of each generated document, by its path from the root. */
export function generatedDocs(): Record<string, string> {
  return {
    "docs/task-spec.md": render(TASK_SPEC),
    "docs/network-config.md": render(NETWORK_CONFIG),
    "docs/deployment.md": render(DEPLOYMENT),
    "docs/network-file.md": render(NETWORK_FILE),
    "docs/node-file.md": render(NODE_FILE),
    "docs/population.md": render(POPULATION),
    "docs/sweeps.md": render(SWEEP),
    "docs/exports.md": exportsPage(),
    "docs/metrics.md": metricsPage(),
    "monitoring/dashboard.json": monitoringDashboard(),
  };
}

function render({ title, source, before, after, schema }: Page): string {
  const json = z.toJSONSchema(schema(), { io: "input" }) as Schema;
  return `${[
    `# ${title}`,
    `<!-- Generated from ${source} by scripts/tools/generateDocs.ts: edit there, then npm run docs. -->`,
    before,
    "## Fields",
    ...sections(json, ""),
    after(),
  ].join("\n\n")}\n`;
}

/** The table of an object, then those of the objects in it. */
function sections(schema: Schema, path: string, without?: string): string[] {
  const { properties = {}, required = [] } = schema;
  const fields = Object.entries(properties).filter(([name]) => name !== without);
  const rows = fields.map(([name, field]) => {
    return [`\`${name}\``, typeOf(field), defaultOf(field, required.includes(name)), field.description ?? ""];
  });
  const table = markdownTable({ columns: columnsOf("field", "type", "default", "meaning"), rows });
  const long = fields.flatMap(([name, { default: value }]) =>
    isLong(value) ? [`Default of \`${name}\`:`, `\`\`\`json\n${linesOf(value)}\n\`\`\``] : [],
  );
  const heading = path === "" ? [] : [`### ${path}`];
  const inner = fields.flatMap(([name, field]) => sectionsOf(field, path === "" ? name : `${path}.${name}`));
  // An object that is told by its discriminator alone needs no table.
  return fields.length === 0 ? [] : [...heading, table, ...long, ...inner];
}

/** Sections of the objects of a field: itself, the items of a list, the forms of a union. */
function sectionsOf(field: Schema, path: string): string[] {
  if (field.properties !== undefined) return sections(field, path);
  if (field.items !== undefined) return sectionsOf(field.items, `${path}[]`);
  const forms = formsOf(field);
  const key = discriminatorOf(forms);
  if (key !== undefined) {
    const kinds = forms.map(({ properties }) => properties![key]!);
    const rows = kinds.map(({ const: kind, description = "" }) => [`\`${kind}\``, description]);
    const table = markdownTable({ columns: columnsOf(`\`${key}\``, "meaning"), rows });
    return [
      `### ${path}`,
      table,
      ...forms.flatMap((form, i) => sections(form, `${path} (${kinds[i]!.const})`, key)),
    ];
  }
  // A form with one field is only a name around it: its field's section says all.
  return forms.flatMap((form) => {
    const [only, ...others] = Object.entries(form.properties ?? {});
    return only === undefined || others.length > 0
      ? sectionsOf(form, path)
      : sectionsOf(only[1], `${path}.${only[0]}`);
  });
}

function columnsOf(...headers: string[]): TableColumn[] {
  return headers.map((header) => ({ header }));
}

function formsOf({ anyOf, oneOf }: Schema): readonly Schema[] {
  return anyOf ?? oneOf ?? [];
}

/** The field by whose constant text the forms of a union are told apart. */
function discriminatorOf(forms: readonly Schema[]): string | undefined {
  const [first] = forms;
  return Object.keys(first?.properties ?? {}).find((key) =>
    forms.every(({ properties }) => typeof properties?.[key]?.const === "string"),
  );
}

/** A field's type in words. */
function typeOf(field: Schema): string {
  if (field.const !== undefined) return literal(field.const);
  if (field.enum !== undefined) return field.enum.map(literal).join(" or ");
  const forms = formsOf(field);
  const key = discriminatorOf(forms);
  if (key !== undefined) return `object, by its \`${key}\``;
  if (field.prefixItems !== undefined) return tupleType(field.prefixItems);
  if (forms.length > 0) return [...new Set(forms.map(formType))].join(" or ");
  switch (field.type) {
    case "string":
      return textType(field);
    case "integer":
      return `whole number${range(field)}`;
    case "number":
      return `number${range(field)}`;
    case "array":
      return `list${countRange(field)} of ${field.items === undefined ? "anything" : plural(typeOf(field.items))}`;
    default:
      return field.type ?? "anything";
  }
}

/** A form of a union: an object is told by its fields. */
function formType(form: Schema): string {
  const names = Object.keys(form.properties ?? {});
  return names.length === 0 ? typeOf(form) : `object with ${names.map((name) => `\`${name}\``).join(", ")}`;
}

/** A list of a fixed length. */
function tupleType(items: readonly Schema[]): string {
  const types = [...new Set(items.map(typeOf))];
  return types.length === 1
    ? `list of ${items.length} ${plural(types[0]!)}`
    : `list of ${items.map(typeOf).join(", ")}`;
}

function textType({ pattern, minLength, maxLength }: Schema): string {
  if (pattern !== undefined) return PATTERNS[pattern] ?? `string matching \`${pattern}\``;
  if (maxLength === undefined) return "string";
  return minLength === undefined
    ? `string, at most ${number(maxLength)} characters`
    : `string, ${number(minLength)} to ${number(maxLength)} characters`;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const parts = [
    ...(minimum === undefined ? [] : [`≥ ${number(minimum)}`]),
    ...(exclusiveMinimum === undefined ? [] : [`> ${number(exclusiveMinimum)}`]),
    ...(most === undefined ? [] : [`≤ ${number(most)}`]),
    ...(exclusiveMaximum === undefined ? [] : [`< ${number(exclusiveMaximum)}`]),
  ];
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function countRange({ minItems, maxItems }: Schema): string {
  if (minItems === undefined && maxItems === undefined) return "";
  if (maxItems === undefined) return ` (at least ${minItems})`;
  return minItems === undefined ? ` (at most ${maxItems})` : ` (${minItems} to ${maxItems})`;
}

function plural(type: string): string {
  return type.replace(/^(object|string|whole number|number)\b/, "$1s");
}

function defaultOf(field: Schema, required: boolean): string {
  const { default: value } = field;
  if (required) return "required";
  if (value === undefined) return "none";
  if (isLong(value)) return "below";
  return isEmptyObject(value) ? "of its fields" : literal(value);
}

function isLong(value: unknown): boolean {
  return Array.isArray(value) && JSON.stringify(value).length > 60;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A list with one item a line. */
function linesOf(value: unknown): string {
  const items = (value as readonly unknown[]).map((item) => `  ${JSON.stringify(item)}`);
  return `[\n${items.join(",\n")}\n]`;
}

function literal(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, content] of Object.entries(generatedDocs())) {
    await writeFile(join(ROOT, path), content);
  }
}
