import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { Interface } from "ethers";

import { aoiContracts } from "../../../mechanisms/aoi-contract/contracts.ts";
import "../../../mechanisms/model-trading/contracts.ts";
import "../../../mechanisms/twin-migration/contracts.ts";
import { ContractRevert, errorNotice, parseRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";

const CONTRACTS = fileURLToPath(new URL("../../../contracts", import.meta.url));
const [AoIContractPolicy, CheckpointVerifier, Gateway, TaskManager, TermsCheck, LocalToken] = [
  aoiContracts.AoIContractPolicy,
  contracts.CheckpointVerifier,
  contracts.Gateway,
  contracts.TaskManager,
  contracts.TermsCheck,
  contracts.LocalToken,
].map(({ abi }) => new Interface(abi)) as [Interface, Interface, Interface, Interface, Interface, Interface];

describe("ContractRevert", () => {
  it("names the item of a menu that breaks incentive compatibility, and says which condition", () => {
    const data = AoIContractPolicy.encodeErrorResult("DownwardIncentiveViolated", [3]);
    const error = new ContractRevert("TaskManager.publish", data);
    expect(error.code).to.equal("DownwardIncentiveViolated");
    expect(error.shortMessage).to.equal(
      "TaskManager.publish was refused: DownwardIncentiveViolated (item = 4).",
    );
    expect(error.details).to.match(/gains by taking the item below its own \(Lemma 1, a\.3\)/);
    expect(error.values).to.deep.equal({ item: 3n });
    expect(error.retryable).to.equal(false);
  });

  it("counts rounds from 1, as everybody is told them, and nothing else", () => {
    const data = TaskManager.encodeErrorResult("NotOpenRound", [7, 0, 2]);
    const error = new ContractRevert("TaskManager.attest", data);
    expect(error.shortMessage).to.contain("NotOpenRound (task = 7, round = 1, open = 3)");
    expect(error.values).to.include({ round: 0, open: 2 });
  });

  it("names both sides of a budget that is too small", () => {
    const data = TaskManager.encodeErrorResult("BudgetTooSmall", [5, 7]);
    expect(new ContractRevert("TaskManager.publish", data).shortMessage).to.match(
      /BudgetTooSmall \(budget = 5, \w+ = 7\)/,
    );
  });

  it("names the field of terms that do not hold", () => {
    const data = TermsCheck.encodeErrorResult("InvalidTerms", ["schedule.deadline"]);
    expect(new ContractRevert("TaskManager.publish", data).shortMessage).to.contain("schedule.deadline");
  });

  it("knows the errors of libraries that the contracts use", () => {
    const data = LocalToken.encodeErrorResult("ERC20InsufficientBalance", [
      "0x5FbDB2315678afecb367f032d93F642f64180aa3",
      1,
      2,
    ]);
    expect(new ContractRevert("TaskManager.publish", data).code).to.equal("ERC20InsufficientBalance");
  });

  it("knows the errors of Solidity itself", () => {
    const said = TaskManager.encodeErrorResult("Error", ["no"]);
    expect(new ContractRevert("TaskManager.publish", said).values).to.deep.equal({ message: "no" });
    const overflow = TaskManager.encodeErrorResult("Panic", [0x11]);
    expect(new ContractRevert("TaskManager.publish", overflow).shortMessage).to.contain("Panic (code = 17)");
  });

  it("can be retried after errors that pass", () => {
    const paused = Gateway.encodeErrorResult("RouteIsPaused", [5]);
    const stale = CheckpointVerifier.encodeErrorResult("StaleValidators", [5]);
    const twice = Gateway.encodeErrorResult("AlreadyDelivered", [`0x${"11".repeat(32)}`]);
    expect(new ContractRevert("Gateway.deliver", paused).retryable).to.equal(true);
    expect(new ContractRevert("Gateway.deliver", stale).retryable).to.equal(true);
    expect(new ContractRevert("Gateway.deliver", twice).retryable).to.equal(false);
  });

  const strange = ["0x", "0x1234", "0xdeadbeef", `0xdeadbeef${"00".repeat(64)}`, null, undefined];
  for (const data of strange) {
    it(`says so when the revert carried no error that it knows: ${data}`, () => {
      expect(parseRevert(data)).to.equal(undefined);
      const error = new ContractRevert("Gateway.deliver", data);
      expect(error).to.include({ code: "REVERTED", retryable: false });
      expect(error.details).to.contain("revert data");
    });
  }

  it("takes revert data that are cut short as unknown", () => {
    const whole = AoIContractPolicy.encodeErrorResult("DownwardIncentiveViolated", [3]);
    expect(new ContractRevert("TaskManager.publish", whole.slice(0, 20)).code).to.equal("REVERTED");
  });

  it("takes an error whose text is no UTF-8 as unknown", () => {
    const data = TermsCheck.encodeErrorResult("InvalidTerms", ["abc"]).replace("616263", "ffffff");
    expect(new ContractRevert("TaskManager.publish", data).code).to.equal("REVERTED");
  });

  it("explains every error that the contracts declare", () => {
    const declared = readdirSync(CONTRACTS, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".sol"))
      .flatMap((name) => [...readFileSync(join(CONTRACTS, name), "utf8").matchAll(/^\s*error (\w+)\(/gm)])
      .map(([, name]) => name!);
    expect(declared).to.have.length.above(40);
    expect(declared.filter((name) => errorNotice("", name) === undefined)).to.deep.equal([]);
  });
});
