import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import { admissionOf, register } from "../../chains/membership/admission.ts";
import { signJoin } from "../../chains/membership/joinRequest.ts";
import { changeRegistrarsOn, registrarCalls, registrarsAmong } from "../../chains/membership/registrars.ts";
import { rotateOn, soundSet } from "../../chains/membership/validatorRotation.ts";
import type { Deployment } from "../../chains/networks/deployment/deploymentFile.ts";
import { deployNetwork } from "../../chains/networks/deployment/deployNetwork.ts";
import { ownedBy, REGISTRAR_ROLE } from "../../chains/networks/deployment/handOver.ts";
import { TIMELOCK_ROLES } from "../../chains/networks/deployment/timelock.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { chainsOf, type NetworkFile, networkFileSchema } from "../../chains/networks/networkFile.ts";
import { contracts } from "../../protocol/contracts.ts";
import { rejected } from "../unit/thrown.ts";
import { consortium, deploying, fund, ownKey } from "./consortium.ts";

const FIRST_PORT = 9610;
const ROLES = ["main", "relay", "virtual", "physical"];
const ADMIN_ROLE = `0x${"0".repeat(64)}`;

describe("a deployment to chains that exist", () => {
  let directory: string;
  let chains: LocalChains;
  let deployment: Deployment;
  let network: NetworkFile;
  const clients = new Map<string, ChainClient>();

  const nonces = () =>
    Promise.all(
      [...clients.values()].map(({ provider }) => provider.getTransactionCount(ownKey("deployer").address)),
    );
  const deploy = async (one: Deployment, journal: string) => {
    const [options, modules] = await deploying(one, join(directory, journal));
    try {
      return await deployNetwork(options, modules);
    } finally {
      for (const client of modules.clients.values()) client.close();
    }
  };
  const refusal = async (changes: Record<string, unknown>) =>
    rejected(deploy(consortium(FIRST_PORT, ROLES, changes), "refused"));

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-deployment-"));
    deployment = consortium(FIRST_PORT, ROLES);
    chains = await LocalChains.start(
      deployment.chains.map(({ name, role, chainId, proofs }, i) => ({
        ...{ name, role, chainId, proofs, port: FIRST_PORT + i },
      })),
      "127.0.0.1",
    );
    for (const chain of deployment.chains) {
      const client = await ChainClient.connect(chain);
      clients.set(chain.name, client);
    }
  });
  after(async () => {
    for (const client of clients.values()) client.close();
    await chains?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("is refused before anything is sent, with what is wrong", async () => {
    expect((await refusal({})).message).to.match(/deployer 0x\w+ has too little on \w+\./);
    for (const client of clients.values()) await fund(client, ["deployer", "registrar", "proposer"]);
    const nobody = ownKey("nobody").address;
    const gone = await refusal({ token: { address: nobody } });
    expect(gone.message).to.contain("is not the token to pay in").and.contain("There is no contract.");
    const others = deployment.chains.map((chain, i) => ({ ...chain, chainId: 71_001 + i }));
    expect(await refusal({ chains: others })).to.have.property("code", "WRONG_CHAIN_ID");
    const stays = await refusal({ guardian: ownKey("deployer").address });
    expect(stays).to.have.property("code", "DEPLOYER_STAYS");
    expect(await nonces()).to.deep.equal([0, 0, 0, 0]);
  });

  it("leaves a network that the organisations own together, and the deployer nothing", async () => {
    const deployed = await deploy(deployment, "journal");
    network = networkFileSchema.parse(deployed.network);
    expect(deployed.unaccepted).to.deep.equal({});
    const deployer = ownKey("deployer").address;
    for (const place of chainsOf(network)) {
      const client = clients.get(place.name)!;
      const { timelock } = place.contracts;
      for (const address of ownedBy(place)) {
        const ownable = { contract: contracts.Gateway, address };
        expect(await readContract(client, ownable, "owner", [])).to.equal(timelock);
      }
      const control = { contract: contracts.TimelockController, address: timelock! };
      expect(await readContract(client, control, "getMinDelay", [])).to.equal(3600n);
      const has = (role: string, account: string) =>
        readContract(client, control, "hasRole", [role, account]);
      for (const role of [...Object.values(TIMELOCK_ROLES), ADMIN_ROLE])
        expect(await has(role, deployer)).to.equal(false);
      for (const name of ["proposer", "other proposer"])
        for (const role of Object.values(TIMELOCK_ROLES))
          expect(await has(role, ownKey(name).address)).to.equal(true);
    }
    for (const place of network.subchains) {
      const registry = { contract: contracts.WorkerRegistry, address: place.contracts.registry };
      const has = (role: string, account: string) =>
        readContract(clients.get(place.name)!, registry, "hasRole", [role, account]);
      expect(await has(REGISTRAR_ROLE, ownKey("registrar").address)).to.equal(true);
      expect(await has(ADMIN_ROLE, place.contracts.timelock!)).to.equal(true);
      expect(await has(REGISTRAR_ROLE, deployer)).to.equal(false);
      expect(await has(ADMIN_ROLE, deployer)).to.equal(false);
    }
  });

  it("is found as it is when it is repeated: nothing is sent", async () => {
    const before = await nonces();
    const again = await deploy(deployment, "journal");
    expect(again.network).to.deep.equal(network);
    expect(await nonces()).to.deep.equal(before);
  });

  it("is not what another deployment file says", async () => {
    const organizations = deployment.organizations.map((one, i) =>
      i === 0
        ? {
            ...one,
            validators: [{ ...one.validators[0]!, address: ownKey("x").address }, one.validators[1]!],
          }
        : one,
    );
    const error = await rejected(deploy({ ...deployment, organizations }, "journal"));
    expect(error).to.have.property("code", "DEPLOYED_OTHERWISE");
    expect(error.message).to.contain("the validators of");
  });

  it("admits workers whose keys agreed, once", async () => {
    const [virtual] = network.subchains.filter(({ role }) => role === "virtual");
    const place = virtual!;
    const { chainId, contracts: at } = place;
    const on = { chain: place.name, chainId, contract: at.registry };
    const pairs = ["a", "b", "c"].map((name) => [ownKey(`device ${name}`), ownKey(`twin ${name}`)] as const);
    const file = {
      version: 1 as const,
      organization: "Ada",
      requests: (
        await Promise.all(
          pairs.map(([device, twin]) =>
            Promise.all([
              signJoin(device, "Ada", { ...on, role: "device", counterpart: twin.address }),
              signJoin(twin, "Ada", { ...on, role: "twin", counterpart: device.address }),
            ]),
          ),
        )
      ).flat(),
    };
    const { registrations } = admissionOf(network, [file]);
    const client = clients.get(place.name)!;
    const registrar = new ChainAccount(client, ownKey("registrar"));
    const first = await register(registrar, place, registrations);
    expect(first.registered).to.have.length(3);
    const second = await register(registrar, place, registrations);
    expect(second).to.deep.equal({ registered: [], already: registrations, refused: [] });
    const stranger = new ChainAccount(client, ownKey("proposer"));
    expect(await rejected(register(stranger, place, registrations))).to.have.property(
      "code",
      "NOT_REGISTRAR",
    );
  });

  it("changes its validators by its timelock, and says from when on", async () => {
    const { main } = network;
    const client = clients.get("main")!;
    const proposer = new ChainAccount(client, ownKey("proposer"));
    const target = soundSet(
      ["validator 1", "validator 3", "new"].map((name) => ownKey(name).address),
      2,
    );
    const stranger = new ChainAccount(client, ownKey("registrar"));
    expect(await rejected(rotateOn(stranger, network, main, target))).to.have.property("code", "NOT_OWNER");
    const pass = async (seconds: number) => {
      await client.rpc.request("evm_increaseTime", [seconds]);
      await client.rpc.request("evm_mine", []);
    };
    const states: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const [state] = await rotateOn(proposer, network, main, target);
      states.push(state!.state);
      const now = await client.time();
      if ("from" in state!) await pass(state.from - now + (turn === 0 ? -10 : 1));
    }
    expect(states).to.deep.equal(["proposed", "proposed", "scheduled", "in-force", "in-force"]);
  });

  it("changes its registrars by its timelock, and back", async () => {
    const place = network.subchains[0]!;
    const client = clients.get(place.name)!;
    const proposer = new ChainAccount(client, ownKey("proposer"));
    const [old, next] = [ownKey("registrar").address, ownKey("new registrar").address];
    const stranger = new ChainAccount(client, ownKey("registrar"));
    const change = { add: [next], remove: [old] };
    expect(await rejected(changeRegistrarsOn(stranger, place, change))).to.have.property("code", "NOT_OWNER");
    expect(
      await rejected(changeRegistrarsOn(proposer, place, { add: [next], remove: [next] })),
    ).to.have.property("code", "REGISTRARS_UNSOUND");
    expect(await registrarCalls(client, place, change)).to.have.length(2);
    for (const [{ add, remove }, are] of [
      [change, [next]],
      [{ add: [old], remove: [next] }, [old]],
      // The same once more is another batch.
      [change, [next]],
      [{ add: [old], remove: [next] }, [old]],
    ] as const) {
      const states: string[] = [];
      for (let turn = 0; turn < 4; turn++) {
        const state = await changeRegistrarsOn(proposer, place, { add, remove });
        states.push(state.state);
        if (state.state !== "proposed") continue;
        expect(await registrarsAmong(client, place, [old, next])).not.to.deep.equal(are);
        const seconds = state.from - (await client.time()) + (turn === 0 ? -10 : 1);
        await client.rpc.request("evm_increaseTime", [seconds]);
        await client.rpc.request("evm_mine", []);
      }
      expect(states).to.deep.equal(["proposed", "proposed", "in-force", "in-force"]);
      expect(await registrarsAmong(client, place, [old, next])).to.deep.equal(are);
    }
  });

  it("is a plain owner's, other than the deployer, once he has accepted", async () => {
    const owner = ownKey("owner");
    for (const client of clients.values()) await fund(client, ["owner"]);
    const plain = consortium(FIRST_PORT, ROLES, { owner: { plain: owner.address } });
    const { network: his, unaccepted } = await deploy(plain, "plain");
    expect(Object.keys(unaccepted).sort()).to.deep.equal([...ROLES].sort());
    for (const place of chainsOf(his)) {
      const client = clients.get(place.name)!;
      expect(unaccepted[place.name]).to.deep.equal(ownedBy(place));
      const ownables = ownedBy(place).map((address) => ({ contract: contracts.Gateway, address }));
      for (const ownable of ownables)
        expect(await readContract(client, ownable, "owner", [])).to.equal(ownKey("deployer").address);
      const account = new ChainAccount(client, owner);
      for (const ownable of ownables) await account.send(ownable, "acceptOwnership", []);
      for (const ownable of ownables)
        expect(await readContract(client, ownable, "owner", [])).to.equal(owner.address);
    }
    // Repeated, the deployment finds that all is accepted, and sends nothing.
    const before = await nonces();
    expect((await deploy(plain, "plain")).unaccepted).to.deep.equal({});
    expect(await nonces()).to.deep.equal(before);
    // He names registrars at once; the deployer no more.
    const place = his.subchains[0]!;
    const client = clients.get(place.name)!;
    const next = ownKey("new registrar").address;
    const change = { add: [next], remove: [] };
    const deployer = new ChainAccount(client, ownKey("deployer"));
    expect(await rejected(changeRegistrarsOn(deployer, place, change))).to.have.property("code", "NOT_OWNER");
    const state = await changeRegistrarsOn(new ChainAccount(client, owner), place, change);
    expect(state).to.deep.equal({ chain: place.name, state: "in-force" });
    expect(await registrarsAmong(client, place, [next])).to.deep.equal([next]);
  });
});
