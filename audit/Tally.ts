import { AuditFailure } from "./AuditFailure.ts";
import type { Unexamined } from "./AuditReport.ts";
import { NotExamined } from "./NotExamined.ts";

/** Of what cannot be examined so much is told: how much there is, others may have chosen. */
const MOST_TOLD = 10;

/** What one check has looked at so far. */
export class Tally {
  /** Things examined, in the check's unit. */
  examined = 0;
  /** What is not a failure but must be known to judge the result, in whole sentences. */
  readonly notes: string[] = [];
  /** What cannot be examined: how much, and the first of it, each once. */
  readonly unexamined: { count: number; readonly first: Unexamined[] } = { count: 0, first: [] };

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

  /** Something cannot be examined; the check goes on with what can be. */
  miss({ shortMessage, next }: NotExamined): void {
    this.unexamined.count++;
    const { first } = this.unexamined;
    const isTold = first.some(({ what }) => what === shortMessage);
    if (!isTold && first.length < MOST_TOLD) first.push({ what: shortMessage, next });
  }

  /**
   * Examines one of several things: that it cannot be examined does not keep the check from the others.
   *
   * @returns Whether it was examined.
   */
  async attempt(examine: () => void | Promise<void>): Promise<boolean> {
    try {
      await examine();
      return true;
    } catch (error) {
      if (!(error instanceof NotExamined)) throw error;
      this.miss(error);
      return false;
    }
  }
}
