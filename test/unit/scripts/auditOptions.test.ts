import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));

function audit(...words: string[]): Promise<{ error: string; message: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, "audit", ...words, "--json"], (_, stdout) =>
      resolve(JSON.parse(stdout)),
    );
  });
}

describe("freshet audit --mechanism", function () {
  this.timeout(60_000);

  it("refuses what is of a task only", async () => {
    const market = ["--mechanism", "twin-migration", "--network", "nowhere.json"];
    const answers = await Promise.all(
      [["7"], ["--re-execute", "2"], ["--seed", "1"], ["--data", "data"]].map((words) =>
        audit(...words, ...market),
      ),
    );
    expect(answers.map(({ error }) => error)).to.deep.equal(new Array(4).fill("OPTION_INVALID"));
    expect(answers.map(({ message }) => message.replace(/^.*takes no /, ""))).to.deep.equal([
      "the task 7.",
      "--re-execute.",
      "--seed.",
      "--data.",
    ]);
    expect((await audit(...market)).error).to.not.equal("OPTION_INVALID");
  });
});
