import { expect } from "chai";
import type { Wallet } from "ethers";

import { KeyElsewhere } from "../../../../chains/keys/KeyElsewhere.ts";
import type { KeySigner } from "../../../../chains/keys/KeySigner.ts";
import { admissionOf } from "../../../../chains/membership/admission.ts";
import {
  isSignedJoin,
  type JoinFile,
  type JoinRequest,
  type JoinRole,
  signJoin,
} from "../../../../chains/membership/joinRequest.ts";
import { joinRequests } from "../../../../chains/membership/joinRequests.ts";
import { networkFileSchema } from "../../../../chains/networks/networkFile.ts";
import { ownKey } from "../../../integration/consortium.ts";
import { rejected, thrown } from "../../thrown.ts";
import { networkExample } from "../networkExample.ts";

const network = networkFileSchema.parse(networkExample());
const keysOf = (...keys: readonly KeySigner[]) => ({
  key: (_: string, i = 0) => keys[i]!,
  keyOf: () => undefined,
  requireAllowed: async () => undefined,
});
const join = (
  role: JoinRole,
  keys: readonly KeySigner[],
  counterparts: readonly KeySigner[],
  urls: string[] = [],
) =>
  joinRequests(network, keysOf(...keys), {
    ...{ organization: "Ada", role, count: keys.length, urls },
    counterparts: counterparts.map(({ address }) => address),
  });

describe("joining", () => {
  const [device, twin, stranger] = ["device", "twin", "stranger"].map(ownKey) as [Wallet, Wallet, Wallet];
  const registrations = (...files: readonly JoinFile[]) => admissionOf(network, files).registrations;

  it("registers a device where devices work, and its twin where twins do, once both have named each other", async () => {
    const devices = await join("device", [device], [twin]);
    const twins = await join("twin", [twin], [device]);
    const of = (role: string) => network.subchains.filter((place) => place.role === role);
    expect(registrations(devices, twins)).to.have.deep.members([
      ...of("physical").map(({ name }) => ({
        ...{ chain: name, worker: device.address, device: device.address },
      })),
      ...of("virtual").map(({ name }) => ({
        ...{ chain: name, worker: twin.address, device: device.address },
      })),
    ]);
    expect(registrations(devices, twins, twins)).to.deep.equal(registrations(devices, twins));
  });

  it("is asked for by keys that are here only, whatever others the node file counts", async () => {
    const elsewhere = new KeyElsewhere(stranger.address);
    const { requests } = await join("device", [elsewhere, device], [stranger, twin]);
    expect(new Set(requests.map(({ member }) => member))).to.deep.equal(new Set([device.address]));
    expect(new Set(requests.map(({ counterpart }) => counterpart))).to.include(twin.address);
    const error = await rejected(join("device", [elsewhere], [stranger]));
    expect(error.code).to.equal("JOIN_INCOMPLETE");
  });

  it("registers no twin of a device that did not name it", async () => {
    const devices = await join("device", [device], [twin]);
    const thief = await join("twin", [stranger], [device]);
    const { registrations: found, waiting } = admissionOf(network, [devices, thief]);
    expect(found.map(({ worker }) => worker)).not.to.include(stranger.address);
    const virtual = network.subchains.filter(({ role }) => role === "virtual").length;
    expect(waiting.filter(({ lacks }) => lacks === "device")).to.have.length(virtual);
    expect(waiting.filter(({ lacks }) => lacks === "twin")).to.have.length(virtual);
  });

  it("takes nothing that was signed for another network, chain or contract, or changed afterwards", async () => {
    const [request] = (await join("device", [device], [twin])).requests;
    const file = (one: JoinRequest): JoinFile => ({ version: 1, organization: "Ada", requests: [one] });
    expect(isSignedJoin("Ada", request!)).to.equal(true);
    expect(isSignedJoin("Bo", request!)).to.equal(false);
    const changes: Partial<JoinRequest>[] = [
      { chainId: request!.chainId + 1 },
      { contract: stranger.address },
      { member: stranger.address },
      { counterpart: stranger.address },
      { role: "twin" },
      { url: "http://127.0.0.1:1" },
      { signature: `0x${"1b".repeat(65)}` },
    ];
    for (const change of changes) {
      expect(isSignedJoin("Ada", { ...request!, ...change }), JSON.stringify(change)).to.equal(false);
    }
    const elsewhere = { ...request!, contract: stranger.address };
    const { signature: _, member: __, ...said } = elsewhere;
    const signed = await signJoin(device, "Ada", said);
    expect(isSignedJoin("Ada", signed)).to.equal(true);
    expect(thrown(() => admissionOf(network, [file(signed)]))).to.have.property("code", "JOIN_OTHER_NETWORK");
  });

  it("lets nobody work on a virtual subchain without a device, nor a twin on a physical one", async () => {
    const place = (role: string) => network.subchains.find((one) => one.role === role)!;
    const on = ({ name, chainId, contracts }: (typeof network.subchains)[number]) => ({
      ...{ chain: name, chainId, contract: contracts.registry },
    });
    const wrong: Omit<JoinRequest, "signature" | "member">[] = [
      { role: "device", ...on(place("virtual")) },
      { role: "twin", ...on(place("virtual")) },
      { role: "twin", ...on(place("physical")), counterpart: device.address },
      { role: "device", ...on(place("physical")), counterpart: twin.address },
    ];
    for (const said of wrong) {
      const requests = [await signJoin(device, "Ada", said)];
      const error = thrown(() => admissionOf(network, [{ version: 1, organization: "Ada", requests }]));
      expect(error).to.have.property("code", "JOIN_OTHER_NETWORK");
    }
  });

  it("refuses two devices of one twin", async () => {
    const files = [
      await join("device", [device], [twin]),
      await join("device", [stranger], [twin]),
      await join("twin", [twin], [device]),
      await join("twin", [twin], [stranger]),
    ];
    expect(thrown(() => admissionOf(network, files))).to.have.property("code", "JOIN_CONFLICT");
  });

  it("passes on where aggregators and validators are asked", async () => {
    const { requests } = await join("validator", [stranger], [], ["https://ada.example"]);
    const { others } = admissionOf(network, [{ version: 1, organization: "Ada", requests }]);
    expect(others.map(({ role, member, url }) => ({ role, member, url }))).to.deep.equal([
      { role: "validator", member: stranger.address, url: "https://ada.example" },
    ]);
  });
});
