import { getAddress } from "ethers";
import { z } from "zod";

/** Paths of a server of twins. */
export const PATHS = {
  release: "/release",
  takeOn: "/take-on",
  synchronize: "/synchronize",
  /** Followed by an epoch. */
  synchronizations: "/synchronizations/",
} as const;
/** Most bytes of what is asked, and of an answer. */
export const MOST_ASKED_BYTES = 2 * 1024 * 1024;
export const MOST_ANSWER_BYTES = 4096;
/** Most bytes that one synchronization changes. */
export const MOST_PATCH_BYTES = 1024 * 1024;

const whole = (bits: bigint) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 2n ** bits, "too large");
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((written) => getAddress(written.toLowerCase()));
const word = z.string().regex(/^0x[0-9a-f]{64}$/);
const signature = z.strictObject({ r: word, yParityAndS: word });
const order = z.strictObject({
  migration: whole(256n),
  vehicle: address,
  source: address,
  sourceChain: whole(64n),
  destination: address,
  destinationChain: whole(64n),
  until: z
    .int()
    .min(0)
    .max(2 ** 48 - 1),
});

/** Asks the old host to release a twin. */
export const releaseSchema = z.strictObject({ order, signature });
/** Asks the new host to take a twin on, whose state is in storage. */
export const takeOnSchema = z.strictObject({
  order,
  signature,
  stateHash: word,
  /** When the vehicle ordered it, Unix ms. */
  startMs: whole(64n),
});
/** Changes a twin's state; signed as {@link patchText} says. */
export const synchronizeSchema = z.strictObject({
  vehicle: address,
  server: address,
  sequence: z.int().min(0).max(0xffffffff),
  at: z.int().min(0).max(0xffffffff),
  /** base64. */
  bytes: z.base64().max(Math.ceil((MOST_PATCH_BYTES * 4) / 3) + 4),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/),
});

/** What the old host answers. */
export const releasedSchema = z.strictObject({ stateHash: word });
/** What the new host answers: its signature of the completion. */
export const takenOnSchema = z.strictObject({ endMs: whole(64n), signature });
/** What a host answers to a synchronization: the state's digest after it, and when it was, Unix ms. */
export const synchronizedSchema = z.strictObject({ stateHash: word, atMs: whole(64n) });
/** A list of an epoch's synchronizations in storage. */
export const listedSchema = z.strictObject({ list: word, count: z.int().min(1) });

export type ReleaseAsked = z.infer<typeof releaseSchema>;
export type TakeOnAsked = z.infer<typeof takeOnSchema>;
export type SynchronizeAsked = z.infer<typeof synchronizeSchema>;

/** What a vehicle signs of a synchronization, as text: bytes by their digest (keccak-256, hex). */
export function patchText(
  { vehicle, server, sequence, at }: Pick<SynchronizeAsked, "vehicle" | "server" | "sequence" | "at">,
  bytesHash: string,
): string {
  return `Freshet twin synchronization\nvehicle ${vehicle}\nserver ${server}\nsequence ${sequence}\nat ${at}\nbytes ${bytesHash}`;
}

/** JSON whose bigints are decimal text, as the schemas read them. */
export function written(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}
