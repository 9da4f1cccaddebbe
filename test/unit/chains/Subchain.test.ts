import { expect } from "chai";
import { Interface } from "ethers";
import { isSameAddress } from "../../../audit/isSameAddress.ts";
import type { ChainAccount, SendOptions } from "../../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import { gasOfRefresh, Subchain } from "../../../chains/clients/Subchain.ts";
import type { SubchainPlace } from "../../../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { rejected } from "../thrown.ts";

const SUBCHAIN = `0x${"51".repeat(20)}`;
const DIGEST = `0x${"d1".repeat(32)}`;
const ANCHOR = { number: 1, blockHash: `0x${"b1".repeat(32)}` };
const learning = new Interface(contracts.LearningSubchain.abi);
const meters = new Interface(contracts.IMeter.abi);

/** A meter's address for each of some tasks, which states a gas of its own. */
const METERS: Readonly<Record<string, { address: string; gas: bigint }>> = {
  1: { address: `0x${"a1".repeat(20)}`, gas: 45_000n },
  2: { address: `0x${"a2".repeat(20)}`, gas: 900_000n },
};

/** A subchain that answers which meter a task has, and what that states. */
function open() {
  const asked: string[] = [];
  const given: (SendOptions | undefined)[] = [];
  let fails = false;
  const request = async (_: string, [{ to, data }]: readonly [{ to: string; data: string }]) => {
    if (fails) throw new RpcUnavailable("It does not answer.");
    if (to === SUBCHAIN) {
      const [task] = learning.decodeFunctionData("taskOf", data);
      asked.push(`taskOf ${task}`);
      const { address } = METERS[String(task)]!;
      return learning.encodeFunctionResult("taskOf", [[1, false, 0, 0, 0, address, ...Array(11).fill(0)]]);
    }
    const { address, gas } = Object.values(METERS).find((meter) => isSameAddress(meter.address, to))!;
    asked.push(`refreshGas of ${address}`);
    return meters.encodeFunctionResult("refreshGas", [gas]);
  };
  const account = {
    send: async (_place: unknown, _method: string, _values: unknown, options?: SendOptions) => {
      given.push(options);
    },
    prepare: async (_place: unknown, _method: string, _values: unknown, exactly: bigint) => {
      given.push({ exactly });
    },
  } as unknown as ChainAccount;
  const place = { contracts: { applications: { tasks: SUBCHAIN }, registry: SUBCHAIN } };
  const subchain = new Subchain(
    { name: "physical", rpc: { request } } as unknown as ChainClient,
    place as unknown as SubchainPlace,
  );
  const refresh = (task: bigint) =>
    subchain.refresh(account, task, { dataDigest: DIGEST, samples: 1, anchor: ANCHOR });
  const synchronize = (task: bigint) =>
    subchain.prepareSynchronization(account, task, {
      twin: SUBCHAIN,
      dataDigest: DIGEST,
      samples: 1,
      privacyPolicyDigest: DIGEST,
      anchor: ANCHOR,
    });
  return { asked, given, refresh, synchronize, fail: (now: boolean) => (fails = now) };
}

describe("Subchain", () => {
  it("gives a refresh the gas that its task's meter states, and asks for that once a task", async () => {
    const { asked, given, refresh, synchronize } = open();
    await Promise.all([refresh(1n), refresh(1n), synchronize(2n)]);
    await synchronize(1n);
    const exactly = [45_000n, 45_000n, 900_000n, 45_000n].map(gasOfRefresh);
    expect(given.map((options) => options?.exactly)).to.have.members(exactly);
    expect(asked).to.have.members([
      "taskOf 1",
      "taskOf 2",
      `refreshGas of ${METERS[1]!.address}`,
      `refreshGas of ${METERS[2]!.address}`,
    ]);
  });

  it("gives a heavy meter what it states, though a call passes on all but a 64th", () => {
    for (const stated of [0n, 45_000n, 900_000n, 15_000_000n]) {
      const passedOn = gasOfRefresh(stated) - 65_000n;
      expect(passedOn - passedOn / 64n >= stated, `${stated}`).to.equal(true);
    }
  });

  it("asks again when it had no answer", async () => {
    const { given, refresh, fail } = open();
    fail(true);
    expect((await rejected(refresh(1n))).message).to.equal("It does not answer.");
    fail(false);
    await refresh(1n);
    expect(given.map((options) => options?.exactly)).to.deep.equal([gasOfRefresh(45_000n)]);
  });
});
