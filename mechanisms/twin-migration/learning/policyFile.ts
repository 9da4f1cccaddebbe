import { z } from "zod";
import type { NamedNumbers } from "../../../learning/reinforcement/namedNumbers.ts";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import { policyWeights } from "./migrationLearner.ts";
import { LEARNER_NAMES, type PolicyOptions } from "./PolicyOptions.ts";
import type { TrainedPolicy } from "./PolicyTraining.ts";

const FORMAT = "freshet-migration-policy/1";

const number = z.number();
const valueSchema = z.union([number, z.boolean(), z.array(number)]);
const optionsSchema = z.strictObject({
  learner: z.enum(LEARNER_NAMES),
  seed: number,
  episodes: number,
  size: z.strictObject({ vehicles: number, edges: number, clouds: number }),
  parameters: z
    .record(z.string(), valueSchema)
    .refine(
      (given) => Object.entries(given).every(([name, value]) => isLike(value, known(name))),
      "they are not parameters of the world",
    ),
  warm: z.boolean(),
  messages: z.boolean(),
  manyHeads: z.boolean(),
  paper: z.boolean(),
});
const metadataSchema = z.object({
  options: z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "they are no JSON" });
      return z.NEVER;
    }
  }),
  episode: z.string().transform(Number).pipe(z.int().min(0)),
  validationReward: z.string().transform(Number).pipe(number),
});

/** A trained policy as a safetensors file; the same policy gives the same bytes. */
export function encodePolicy({ options, parameters, episode, validationReward }: TrainedPolicy): Uint8Array {
  return encodeSafetensors({
    metadata: {
      format: FORMAT,
      options: JSON.stringify(options),
      episode: String(episode),
      validationReward: String(validationReward),
    },
    tensors: new Map([...parameters].map(([name, data]) => [name, { shape: [data.length], data }] as const)),
  });
}

/**
 * Reads what {@link encodePolicy} wrote, and what experiments wrote before, which lacks the format's name and nothing
 * else.
 *
 * @throws BaseError `POLICY_FORMAT` when it is no such file, and the errors of `decodeSafetensors`.
 */
export function decodePolicy(bytes: Uint8Array): TrainedPolicy {
  const { metadata, tensors } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT && (metadata.format !== undefined || metadata.options === undefined)) {
    throw noPolicy(`Its format is ${(metadata.format ?? "not there").slice(0, 200)}; ${FORMAT} is needed.`);
  }
  const said = metadataSchema.safeParse(metadata);
  if (!said.success) throw noPolicy(z.prettifyError(said.error));
  const read = optionsSchema.safeParse(said.data.options);
  if (!read.success) throw noPolicy(`Of its options: ${z.prettifyError(read.error)}`);
  const options = read.data as PolicyOptions;
  const parameters = new Map<string, Float32Array>();
  for (const [name, { data }] of tensors) if (data instanceof Float32Array) parameters.set(name, data);
  checkWeights(options, parameters);
  const { episode, validationReward } = said.data;
  return { options, parameters, episode, validationReward };
}

function checkWeights(options: PolicyOptions, parameters: NamedNumbers): void {
  const actor = parameters.get("actor");
  if (actor === undefined) throw noPolicy('It has no tensor "actor" of 32-bit floats.');
  const due = policyWeights(options);
  if (actor.length === due) return;
  throw noPolicy(`Its actor has ${actor.length} weights; one of ${options.learner} has ${due}.`);
}

function known(name: string): unknown {
  return Object.hasOwn(DEFAULT_PARAMETERS, name)
    ? DEFAULT_PARAMETERS[name as keyof typeof DEFAULT_PARAMETERS]
    : undefined;
}

function isLike(value: unknown, other: unknown): boolean {
  if (Array.isArray(value)) return Array.isArray(other) && value.length === other.length;
  return typeof value === typeof other;
}

function noPolicy(details: string): BaseError {
  return new BaseError("POLICY_FORMAT", "That is no policy of twin migration.", {
    details,
    next: "Give a file that `./freshet migration train` wrote, or the name of a rule.",
  });
}
