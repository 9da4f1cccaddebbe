import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const ENTRY = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/mnist-quick.json", import.meta.url));

describe("a demo that is broken off", () => {
  let temporary: string;
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), "freshet-unread-"));
  });
  afterEach(() => rm(temporary, { recursive: true }));
  const start = () =>
    spawn(process.execPath, [ENTRY, "demo", "--spec", EXAMPLE, "--base-port", "9370"], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "ignore"],
    });
  const left = async () => (await readdir(temporary)).filter((name) => name.startsWith("freshet-demo-"));

  it("has not succeeded when nobody reads on, as behind `| head -1`, and leaves no directory", async () => {
    const child = start();
    child.stdout.destroy();
    const [code] = await once(child, "exit");
    expect(code).to.equal(141);
    expect(await left()).to.deep.equal([]);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`leaves no directory at ${signal}`, async () => {
      const child = start();
      while ((await left()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill(signal);
      const [code] = await once(child, "exit");
      expect(code).to.equal(130);
      expect(await left()).to.deep.equal([]);
    });
  }
});
