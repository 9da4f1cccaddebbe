import { allFinite } from "../../numerics/allFinite.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { SpecError } from "./SpecError.ts";
import { mustBeOneOf, type SpecReader } from "./SpecReader.ts";

/** The answer, or what was wrong with the question. */
export type SolverAnswer<Code extends string = string> =
  | { ok: true; result: Record<string, unknown> }
  | { ok: false; error: Code; message: string };

/** A front door for plain data: one object in, one out, such as test vectors and the command line use. */
export interface SpecSolverParameters<Reader extends SpecReader, Code extends string> {
  /** Wraps the input. @throws BaseError when it is no object. */
  readonly reader: (input: unknown) => Reader;
  /** What solves each kind, by the input's field `kind`. */
  readonly kinds: Readonly<Record<string, (spec: Reader) => Record<string, unknown>>>;
  /** Codes of errors that answers have beside `PARAM`; every other error of ours is `PARAM`. */
  readonly codes: readonly Code[];
  /** Fields of any kind: an input may have those of others, but none that nobody knows. */
  readonly fields: readonly string[];
}

/**
 * Solves an input of any kind. Bad input is an answer, never an exception; every number of a result is finite.
 *
 * The solver's second argument is told what an error says beside its message, for people.
 *
 * @example
 * const solveSpec = specSolver({ reader: (input) => new SpecReader(input), kinds: { twice }, codes: [], fields: [] });
 * solveSpec({ kind: "twice", x: 2 }); // { ok: true, result: { value: 4 } }
 * solveSpec({ kind: "thrice" }); // { ok: false, error: "PARAM", message: "kind must be one of twice" }
 */
export function specSolver<Reader extends SpecReader, Code extends string>({
  reader,
  kinds,
  codes,
  fields,
}: SpecSolverParameters<Reader, Code>): (
  input: unknown,
  tell?: (details: string) => void,
) => SolverAnswer<Code | "PARAM"> {
  return (input, tell) => {
    try {
      const spec = reader(input);
      const kind = spec.raw("kind");
      const solver = typeof kind === "string" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
      if (solver === undefined) {
        throw new SpecError("PARAM", mustBeOneOf("kind", kind, Object.keys(kinds)));
      }
      const result = solver(spec);
      spec.refuseUnasked(fields);
      if (!allFinite(result)) {
        throw new SpecError("PARAM", "the values are too large or too small to compute with");
      }
      return { ok: true, result };
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      if (error.details !== undefined) tell?.(error.details);
      // What numerics refuses is a parameter of the input too.
      const code = codes.find((one) => one === error.code) ?? "PARAM";
      return { ok: false, error: code, message: error.shortMessage };
    }
  };
}
