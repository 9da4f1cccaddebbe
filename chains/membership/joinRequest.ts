import { type TypedDataDomain, TypedDataEncoder, ZeroAddress } from "ethers";
import { z } from "zod";

import { checked, readJson } from "../../files/readJson.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { recoverSigner } from "../../protocol/recoverSigner.ts";
import { writtenAddressSchema } from "../../protocol/writtenAddress.ts";
import type { KeySigner } from "../keys/KeySigner.ts";

/** Roles that somebody joins a network in. */
export const JOIN_ROLES = ["device", "twin", "aggregator", "validator", "relayer"] as const;
export type JoinRole = (typeof JOIN_ROLES)[number];

/** Most requests in a file: those of some thousand devices and twins, on each subchain. */
const MOST_REQUESTS = 100_000;

/** What the holder of a key says with it to the registrars of one network. */
export const joinRequestSchema = z.strictObject({
  role: z.enum(JOIN_ROLES).describe("As what it joins."),
  chain: z.string().describe("The chain, by its name in the network file."),
  chainId: z.int().positive().describe("The same by its id: what was signed holds there only."),
  contract: writtenAddressSchema.describe(
    "The chain's registry of workers; of others than workers, the main chain's gateway: what was signed holds for it only.",
  ),
  member: writtenAddressSchema.describe("The address of the key."),
  counterpart: writtenAddressSchema
    .exactOptional()
    .describe("Of a device its twin there, of a twin its device: each must name the other."),
  url: z.url().exactOptional().describe("Where others ask it, of an aggregator or a validator."),
  signature: z
    .string()
    .regex(/^0x[0-9a-fA-F]{130}$/, "a signature of 65 bytes is needed")
    .describe("The key's signature (EIP-712) of all of this and the organisation's name."),
});
export type JoinRequest = z.output<typeof joinRequestSchema>;

/** What `freshet join` prints and `freshet admit` reads. Nothing in it is secret. */
export const joinFileSchema = z.strictObject({
  version: z.literal(1),
  organization: z.string().max(64).describe("Who joins, as its node file has it."),
  requests: z.array(joinRequestSchema).max(MOST_REQUESTS).describe("What each of its keys says."),
});
export type JoinFile = z.output<typeof joinFileSchema>;

const TYPES = {
  Join: [
    { name: "organization", type: "string" },
    { name: "role", type: "string" },
    { name: "member", type: "address" },
    { name: "counterpart", type: "address" },
    { name: "url", type: "string" },
  ],
};

/** Signs a request with its member's key. */
export async function signJoin(
  key: KeySigner,
  organization: string,
  request: Omit<JoinRequest, "signature" | "member">,
): Promise<JoinRequest> {
  const whole = { ...request, member: key.address };
  const signature = await key.signTypedData(domainOf(whole), TYPES, said(organization, whole));
  return { ...whole, signature };
}

/** Whether a request was signed by the key that it names, for this organisation, chain and contract. */
export function isSignedJoin(organization: string, request: JoinRequest): boolean {
  try {
    const by = recoverSigner(
      TypedDataEncoder.hash(domainOf(request), TYPES, said(organization, request)),
      request.signature,
    );
    return by === request.member;
  } catch {
    return false;
  }
}

/**
 * Reads what `freshet join` printed.
 *
 * @throws `JOIN_FILE_INVALID`, `JOIN_UNSIGNED` when a request was not signed by the key that it names, and those of
 *   `readText`.
 */
export async function readJoinFile(path: string): Promise<JoinFile> {
  const file = checked<JoinFile>(await readJson(path, "JOIN_FILE_INVALID"), {
    schema: joinFileSchema as unknown as z.ZodType<JoinFile>,
    code: "JOIN_FILE_INVALID",
    message: `${path} is not what ./freshet join prints.`,
    next: "Have whoever wants to join make it again: ./freshet join --json > FILE.",
  });
  const forged = file.requests.find((request) => !isSignedJoin(file.organization, request));
  if (forged === undefined) return file;
  throw new BaseError("JOIN_UNSIGNED", `${path}: ${forged.member} did not sign what it is said to say.`, {
    details: `As a ${forged.role} on ${forged.chain}. Something was changed after it was signed, or another key signed it.`,
    next: "Admit nobody of this file; have whoever wants to join make it again.",
  });
}

function domainOf({ chainId, contract }: Pick<JoinRequest, "chainId" | "contract">): TypedDataDomain {
  return { name: "Freshet membership", version: "1", chainId, verifyingContract: contract };
}

function said(
  organization: string,
  { role, member, counterpart = ZeroAddress, url = "" }: Omit<JoinRequest, "signature">,
): Record<string, string> {
  return { organization, role, member, counterpart, url };
}
