import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";

import { expect } from "chai";
import { Wallet } from "ethers";

import type { Bundle } from "../../../../audit/bundle/Bundle.ts";
import { openBundle } from "../../../../audit/bundle/openBundle.ts";
import { readBundle } from "../../../../audit/bundle/readBundle.ts";
import { cidOfBytes, RAW_CODE, writeBundle } from "../../../../audit/bundle/writeBundle.ts";
import { networkFileSchema } from "../../../../chains/networks/networkFile.ts";
import { Preimages } from "../../../../chains/proofs/Preimages.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import type { Digest } from "../../../../storage/ContentStore.ts";
import { digestOf } from "../../../../storage/contentId.ts";
import { networkExample } from "../../chains/networkExample.ts";
import { rejected } from "../../thrown.ts";

const SIGNER = new Wallet(`0x${"11".repeat(32)}`);
const STRANGER = new Wallet(`0x${"22".repeat(32)}`);
/** As it is read back: with the schema's defaults. */
const NETWORK = networkFileSchema.parse(networkExample());
const FLIPS = 250;
const SEED = Number(process.env.FRESHET_SEED ?? 20_261_130);

async function example(): Promise<Bundle> {
  const random = new SeededRandom(SEED, "bundle");
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random.uniform() * 256));
  const files = new Map<Digest, Uint8Array>();
  for (const length of [0, 10, 3000]) {
    const file = bytes(length);
    files.set(await digestOf(file), file);
  }
  const preimages = new Preimages();
  for (let i = 0; i < 5; i++) preimages.add(bytes(100));
  const { main, relay } = NETWORK;
  const chain = (chainId: number) => ({
    ...{ chainId, head: 8, preimages, headers: Array.from({ length: 10 }, () => bytes(300)) },
    bodies: new Map([[5, { transactions: [bytes(200)], receipts: [bytes(90)] }]]),
    words: [{ method: "debug_traceTransaction", params: ["0x12"], answer: { type: "CALL" } }],
  });
  return {
    ...{ subject: { task: "3" }, gathered: 1_796_000_000, network: NETWORK, hints: {}, files },
    chains: [chain(main.chainId), chain(relay.chainId)],
    leftOut: new Map([[`0x${"ab".repeat(32)}` as Digest, 12_345]]),
  };
}

describe("a bundle's file", () => {
  let directory: string;
  let bundle: Bundle;
  let whole: Buffer;
  let count = 0;

  const pathOf = (name: string) => join(directory, name);
  const faultOf = async (bytes: Uint8Array) => {
    const path = pathOf(`${count++}.car`);
    await writeFile(path, bytes);
    const error = await rejected(readBundle(path));
    rmSync(path);
    return error;
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "freshet-bundle-"));
    bundle = await example();
    await writeBundle(pathOf("whole.car"), bundle, SIGNER);
    whole = await readFile(pathOf("whole.car"));
  });

  after(() => rmSync(directory, { recursive: true }));

  it("gives back what was written, and who signed it", async () => {
    const read = await readBundle(pathOf("whole.car"));
    expect(read.signer).to.equal(SIGNER.address);
    expect(read.bytes).to.equal(whole.length);
    expect(plain(read.bundle)).to.deep.equal(plain(bundle));
  });

  it("has the same bytes for the same bundle, and no other file is written over", async () => {
    await writeBundle(pathOf("again.car"), await example(), SIGNER);
    expect((await readFile(pathOf("again.car"))).equals(whole)).to.equal(true);
    const error = await writeBundle(pathOf("again.car"), bundle, SIGNER).catch(
      (each: NodeJS.ErrnoException) => each,
    );
    expect(error).to.have.property("code", "EEXIST");
  });

  it("names where any flipped bit is", async () => {
    const random = new SeededRandom(SEED, "flips");
    const draw = (below: number) => Math.floor(random.uniform() * below);
    for (let i = 0; i < FLIPS; i++) {
      // The first bytes, which say how the others are read, all of them.
      const at = i < 150 ? i : draw(whole.length);
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 1 << draw(8);
      const error = await faultOf(bytes);
      const where = `byte ${at}, seed ${SEED}: ${error.message}`;
      expect(error.code, where).to.equal("BUNDLE_DAMAGED");
      if (/does not begin|names another seal/.test(error.shortMessage)) {
        expect(at, where).to.be.lessThan(60);
        continue;
      }
      expect(at, where).to.be.at.least(60);
      const [, from] = /is damaged in .*, from byte (\d+) on\.$/.exec(error.shortMessage) ?? [];
      expect(Number(from), where).to.be.at.most(Math.max(at, 60));
      // Unless a length is hit, it says where what is damaged ends, too.
      const [, until] = /^Bytes \d+ to (\d+) hash to \S+, not to ba/.exec(error.details ?? "") ?? [];
      if (until !== undefined) expect(Number(until), where).to.be.at.least(at);
      else expect(error.details, where).to.match(/cannot be read|file ends/);
    }
  });

  it("says where it is cut off", async () => {
    expect((await rejected(readBundle(pathOf("none.car")))).code).to.equal("BUNDLE_MISSING");
    for (const left of [0, 1, 30, 58, 59, 60, 500, Math.floor(whole.length / 2), whole.length - 1]) {
      expect((await faultOf(whole.subarray(0, left))).code, `${left} bytes`).to.equal("BUNDLE_DAMAGED");
    }
    const more = await faultOf(Buffer.concat([whole, Buffer.of(0)]));
    expect([more.code, more.shortMessage.includes("goes on after its last part")]).to.deep.equal([
      "BUNDLE_DAMAGED",
      true,
    ]);
  });

  it("names the part that is not where it belongs", async () => {
    const sections = sectionsOf(whole);
    const swapped = [...sections];
    [swapped[3], swapped[4]] = [swapped[4]!, swapped[3]!];
    const error = await faultOf(Buffer.concat(swapped));
    expect(error.shortMessage).to.include("the headers of blocks 0 to 9 of main");
    expect(error.details).to.include("labelled");
    const without = sections.filter((_, i) => i !== 5);
    expect((await faultOf(Buffer.concat(without))).shortMessage).to.include("damaged in ");
    const twice = [...sections, sections.at(-1)!];
    expect((await faultOf(Buffer.concat(twice))).shortMessage).to.include("goes on after");
  });

  it("takes no part of another bundle, and no list or signature of another", async () => {
    await writeBundle(pathOf("other.car"), { ...bundle, subject: { task: "4" } }, STRANGER);
    const other = sectionsOf(await readFile(pathOf("other.car")));
    const own = sectionsOf(whole);
    expect(
      (await faultOf(Buffer.concat([own[0]!, own[1]!, other[2]!, ...own.slice(3)]))).shortMessage,
    ).to.include("the list of parts");
    expect((await faultOf(Buffer.concat([own[0]!, ...other.slice(1)]))).shortMessage).to.include(
      "another seal",
    );
    // All of another but its seal, with a seal that names the gatherer.
    const seal = JSON.parse(Buffer.from(contentOf(other[1]!)).toString()) as Record<string, string>;
    const forged = sealed({ ...seal, signer: SIGNER.address }, other.slice(2));
    const error = await faultOf(forged);
    expect([error.code, error.shortMessage.replace(/^\S+/, "it")]).to.deep.equal([
      "BUNDLE_DAMAGED",
      `it is not signed by ${SIGNER.address}, whom it names.`,
    ]);
    expect(error.details).to.include(STRANGER.address);
    expect(
      (await faultOf(sealed({ ...seal, signature: `0x${"00".repeat(65)}` }, other.slice(2)))).details,
    ).to.include("nobody's");
  });

  it("refuses what a signer made too large, or not as a bundle is", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(50 * 2 ** 20));
    const written = async (change: (manifest: Manifest) => void, parts?: (parts: Buffer[]) => void) => {
      const sections = sectionsOf(whole);
      const manifest = JSON.parse(Buffer.from(contentOf(sections[2]!)).toString()) as Manifest;
      change(manifest);
      const rest = sections.slice(3);
      parts?.(rest);
      return resigned(manifest, rest);
    };
    const refused = async (...change: Parameters<typeof written>) => {
      const { code, shortMessage } = await faultOf(await written(...change));
      return `${code} ${shortMessage.slice(shortMessage.indexOf(":") + 2)}`;
    };
    const cid = cidOfBytes(RAW_CODE, bomb).toString();
    const bombed = refused(
      (manifest) => Object.assign(manifest.parts[0]!, { cid, bytes: bomb.length }),
      (parts) => parts.splice(0, 1, section(RAW_CODE, bomb)),
    );
    expect(await bombed).to.match(/^BUNDLE_MALFORMED the headers .* cannot be inflated to \d+ bytes\.$/);
    expect(await refused((manifest) => (manifest.parts[0]!.inflated = 2 ** 40))).to.match(
      /^BUNDLE_MALFORMED its list of parts is none: parts\.0\.inflated/,
    );
    expect(await refused((manifest) => (manifest.parts[0]!.bytes = 1))).to.include(
      "is to have 1 at the most",
    );
    expect(await refused((manifest) => (manifest.parts[0]!.chainId = 999))).to.include(
      "and nothing else of it",
    );
    expect(await refused((manifest) => (manifest.chains[0]!.chainId = 999))).to.include(
      "none of its network",
    );
    expect(await refused((manifest) => (manifest.parts[0]!.kind = "blocks"))).to.include("no block");
    const words = ({ parts: [part] }: Manifest) => {
      for (const name of ["from", "to"]) delete (part as unknown as Record<string, unknown>)[name];
      part!.kind = "words";
    };
    expect(await refused(words)).to.match(/^BUNDLE_MALFORMED the unproven answers/);
    expect(await refused((manifest) => Object.assign(manifest, { more: 1 }))).to.include(
      "its list of parts is none",
    );
    const file = (manifest: Manifest) => manifest.parts.find(({ kind }) => kind === "file")!;
    expect(await refused((manifest) => (file(manifest).digest = `0x${"cd".repeat(32)}`))).to.include(
      "is the file 0x",
    );
    const newer = await faultOf(sealed({ ...sealOf(whole), version: 2 }, sectionsOf(whole).slice(2)));
    expect(newer.code).to.equal("FILE_NEWER");
    expect((await faultOf(sealed({ format: "another" }, []))).code).to.equal("BUNDLE_MALFORMED");
  });

  it("is audited by the auditor's network file only where that says the same", async () => {
    const other = { ...NETWORK, main: { ...NETWORK.main, fromBlock: NETWORK.main.fromBlock + 1 } };
    expect((await rejected(openBundle(bundle, other))).code).to.equal("BUNDLE_OTHER_NETWORK");
    const elsewhere = { ...NETWORK, main: { ...NETWORK.main, url: "http://127.0.0.1:1" } };
    // Where chains are asked may differ: then it is the made-up headers that are found.
    expect((await rejected(openBundle(bundle, elsewhere))).code).to.equal("BUNDLE_CONTRADICTS");
    expect((await rejected(openBundle(bundle))).code).to.equal("BUNDLE_CONTRADICTS");
  });
});

interface Manifest {
  chains: { chainId: number }[];
  parts: { kind: string; chainId: number; bytes: number; inflated: number; digest?: string }[];
}

function plain({ chains, files, leftOut, ...bundle }: Bundle): unknown {
  return {
    ...bundle,
    files: [...files].sort().map(([digest, bytes]) => [digest, Buffer.from(bytes).toString("hex")]),
    leftOut: [...leftOut],
    chains: chains.map(({ headers, bodies, preimages, ...chain }) => ({
      ...chain,
      headers: headers.map((each) => Buffer.from(each).toString("hex")),
      preimages: preimages.all.map((each) => Buffer.from(each).toString("hex")),
      bodies: [...bodies].map(([number, { transactions, receipts }]) => [
        number,
        [...transactions, ...receipts].map((each) => Buffer.from(each).toString("hex")),
      ]),
    })),
  };
}

/** A CAR's head and its sections, with their lengths. */
function sectionsOf(car: Uint8Array): Buffer[] {
  const sections: Buffer[] = [];
  for (let at = 0; at < car.length; ) {
    let [length, shift, digits] = [0, 1, 0];
    for (let more = true; more; digits++, shift *= 128) {
      const byte = car[at + digits]!;
      length += (byte & 127) * shift;
      more = byte > 127;
    }
    sections.push(Buffer.from(car.subarray(at, at + digits + length)));
    at += digits + length;
  }
  return sections;
}

/** A section's bytes after its length and CID: CIDs of bundles have 36 bytes, those of JSON 37. */
function contentOf(section: Uint8Array): Uint8Array {
  const digits = section.findIndex((byte) => byte < 128) + 1;
  return section.subarray(digits + (section[digits + 1] === 0x55 ? 36 : 37));
}

function section(code: number, bytes: Uint8Array): Buffer {
  const cid = cidOfBytes(code, bytes).bytes;
  const digits: number[] = [];
  for (let rest = cid.length + bytes.length; rest > 0 || digits.length === 0; rest = Math.floor(rest / 128)) {
    digits.push((rest % 128) + (rest >= 128 ? 128 : 0));
  }
  return Buffer.concat([Uint8Array.from(digits), cid, bytes]);
}

const JSON_CODE = 0x0200;

function sealOf(car: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(contentOf(sectionsOf(car)[1]!)).toString()) as Record<string, unknown>;
}

/** A file with this seal, and then these sections. */
function sealed(seal: Record<string, unknown>, rest: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.from(JSON.stringify(seal));
  const cid = cidOfBytes(JSON_CODE, bytes).bytes;
  // {roots: [CID], version: 1}, as dag-cbor has it.
  const head = Buffer.concat([
    Buffer.from("a265726f6f747381d82a58", "hex"),
    Uint8Array.of(cid.length + 1, 0),
    cid,
    Buffer.from("6776657273696f6e01", "hex"),
  ]);
  return Buffer.concat([Uint8Array.of(head.length), head, section(JSON_CODE, bytes), ...rest]);
}

/** A file that its signer made so. */
async function resigned(manifest: Manifest, rest: readonly Uint8Array[]): Promise<Buffer> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const cid = cidOfBytes(JSON_CODE, bytes);
  const types = {
    Bundle: [
      { name: "subject", type: "string" },
      { name: "mainChainId", type: "uint256" },
      { name: "gathered", type: "uint64" },
      { name: "manifest", type: "bytes32" },
    ],
  };
  const signature = await SIGNER.signTypedData({ name: "Freshet audit bundle", version: "1" }, types, {
    subject: "task 3",
    mainChainId: NETWORK.main.chainId,
    gathered: 1_796_000_000,
    manifest: cid.multihash.digest,
  });
  const seal = {
    format: "freshet-audit-bundle",
    version: 1,
    manifest: cid.toString(),
    signer: SIGNER.address,
    signature,
  };
  return sealed(seal, [section(JSON_CODE, bytes), ...rest]);
}
