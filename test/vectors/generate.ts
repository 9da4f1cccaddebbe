/**
 * Writes the golden vectors beside this file: `node test/vectors/generate.ts`.
 *
 * It computes them from the definitions, with ethers and nothing of the project, so that neither the contracts nor
 * their TypeScript twins are compared with themselves. Headers are those of a chain that it starts.
 */
import { writeFile } from "node:fs/promises";

import { coverage } from "./coverage.ts";
import { draws } from "./draws.ts";
import { headers } from "./headers.ts";
import { leaves } from "./leaves.ts";
import { menus } from "./menus.ts";
import { messages } from "./messages.ts";
import { payloads } from "./payloads.ts";
import { receipts } from "./receipts.ts";
import { trading } from "./trading.ts";
import { trees } from "./trees.ts";
import { twins } from "./twins.ts";

const files: Record<string, object> = {
  coverage: coverage(),
  draws: draws(),
  headers: await headers(),
  leaves: leaves(),
  menus: menus(),
  messages: messages(),
  payloads: payloads(),
  receipts: receipts(),
  trading: trading(),
  trees: trees(),
  twins: twins(),
};
const decimal = (_: string, value: unknown): unknown =>
  typeof value === "bigint" || typeof value === "number" ? value.toString() : value;
for (const [name, content] of Object.entries(files)) {
  await writeFile(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(content, decimal, 2)}\n`);
}
