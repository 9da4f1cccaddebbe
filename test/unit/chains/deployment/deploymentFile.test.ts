import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { deploymentSchema, readDeployment } from "../../../../chains/networks/deployment/deploymentFile.ts";
import { consortium } from "../../../integration/consortium.ts";
import { rejected } from "../../thrown.ts";

const ROLES = ["main", "relay", "virtual", "physical"];
const good = () => structuredClone(consortium(9600, ROLES)) as unknown as Record<string, unknown>;

/** What a file is refused for that is the good one but for some fields. */
function faults(changes: Record<string, unknown>): string[] {
  const parsed = deploymentSchema.safeParse({ ...good(), ...changes });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a deployment file", () => {
  const { chains, organizations } = consortium(9600, ROLES);
  const others = (i: number, change: object) =>
    chains.map((chain, j) => (i === j ? { ...chain, ...change } : chain));

  it("takes what it gave", () => {
    expect(faults({})).to.deep.equal([]);
  });

  it("takes what its page shows", async () => {
    const page = await readFile(new URL("../../../../docs/deployment.md", import.meta.url), "utf8");
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(deploymentSchema.safeParse(JSON.parse(example)).error?.issues).to.equal(undefined);
  });

  it("names the field of whatever does not hold", () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ chains: chains.slice(1) }, "chains: exactly one main chain is needed"],
      [{ chains: chains.slice(0, 2) }, "chains: at least one subchain is needed"],
      [{ chains: others(1, { name: "main" }) }, "chains: two chains have the same name"],
      [{ chains: others(1, { chainId: 61_001 }) }, "chains: two chains have the same chainId"],
      [
        { chains: others(1, { url: "ws://127.0.0.1:1" }) },
        "chains.1.url: the first endpoint must be of HTTP or HTTPS",
      ],
      [
        { chains: others(2, { finality: "finalized" }) },
        "chains.2.finality: only a chain with blockSeconds gets further blocks by itself",
      ],
      [{ validatorThreshold: 1 }, "validatorThreshold: of 3 validators, more than half must sign"],
      [{ validatorThreshold: 4 }, "validatorThreshold: there are 3 validators only"],
      [
        { organizations: organizations.map((one) => ({ ...one, proposers: [] })) },
        "organizations: a timelock needs a proposer: without one nothing could ever be changed",
      ],
      [
        { organizations: organizations.map((one) => ({ ...one, name: "Ada" })) },
        "organizations: two organisations have the same name",
      ],
      [
        { organizations: [...organizations, { ...organizations[0]!, name: "Cy" }] },
        "organizations: two validators have the same address",
      ],
      [
        { organizations: organizations.map((one) => ({ ...one, aggregators: [] })) },
        "organizations: at least one aggregator is needed",
      ],
      [{ guardian: `0x${"0".repeat(40)}` }, "guardian: the zero address has no key"],
    ];
    for (const [changes, fault] of cases) expect(faults(changes), fault).to.include(fault);
  });

  it("is refused with a sentence for people, whatever it is instead", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-deployment-"));
    const path = join(directory, "deployment.json");
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...Object.keys(good()).filter((key) => key !== "services")),
          fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)),
          async (key, value) => {
            const changed = { ...good(), [key]: value };
            await writeFile(path, JSON.stringify(changed));
            if (deploymentSchema.safeParse(JSON.parse(JSON.stringify(changed))).success) return;
            const error = await rejected(readDeployment(path));
            expect(error.code).to.equal("DEPLOYMENT_INVALID");
            expect(error.details).to.match(/\S/);
          },
        ),
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
