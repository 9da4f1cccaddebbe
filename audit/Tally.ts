import { AuditFailure } from "./AuditFailure.ts";

/** What one check has looked at so far. */
export class Tally {
  /** Things examined, in the check's unit. */
  examined = 0;
  /** What is not a failure but must be known to judge the result, in whole sentences. */
  readonly notes: string[] = [];

  /** One more thing was examined, and all about it holds. */
  count(things = 1): void {
    this.examined += things;
  }

  /** Says something that does not make the check fail. */
  note(sentence: string): void {
    this.notes.push(sentence);
  }

  /**
   * Ends the check unless `holds`.
   *
   * @param sentence - What does not hold, naming all it takes to look it up.
   * @throws AuditFailure
   *
   * @example tally.require(paid === due, `0xf39F… of virtual was paid ${paid} wei, but earned ${due}.`);
   */
  require(holds: boolean, sentence: string): asserts holds {
    if (!holds) throw new AuditFailure(sentence);
  }
}
