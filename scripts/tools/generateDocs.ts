/**
 * Writes docs/task-spec.md and docs/network-config.md from the schemas that read these files:
 *
 *     npm run docs
 *
 * A test compares what `generatedDocs` gives with the files.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import type { TaskRule } from "../../mechanisms/MechanismTask.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import type { TableColumn } from "../../reports/Table.ts";
import { taskSpecSchema } from "../../tasks/taskSpec.ts";

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
    rule: "at most 4,096 `rounds`; `maxWorkers` × number of subchains is at most 65,536; `minUpdates` is at most that product",
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
    rule: "on chains whose blocks come of themselves, the schedule leaves blocks and finality their time: with *hop* = (blocks on top of a final one + 1) × block time, a round takes 4 hops and 8 s, and `epochSeconds` is at least `rounds` times that; `enrolSeconds` is at least 2 hops, 2 blocks and 8 s, `commitSeconds` 2 hops, 2 blocks and 4 s; `revealSeconds` the finality of a subchain, 2 blocks and 4 s; `reportSeconds` 2 hops and 2 s, `claimSeconds` 2 hops and 10 s ([operations.md](operations.md#chains-with-blocks-of-their-own))",
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

/** The content of each generated document, by its path from the root. */
export function generatedDocs(): Record<string, string> {
  return {
    "docs/task-spec.md": render(TASK_SPEC),
    "docs/network-config.md": render(NETWORK_CONFIG),
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
