import type { AuditReport } from "../../../audit/AuditReport.ts";
import type { LocalNetwork } from "../../LocalNetwork.ts";
import { type OpenPage, pagePort, startPage } from "../../startPage.ts";
import type { Terminal } from "../../Terminal.ts";

/** The page of a demo, where one was asked for. */
export class DemoPage {
  readonly #port: number | undefined;
  readonly #terminal: Terminal;
  #page: OpenPage | undefined;

  /** @param option - As `--page` was given. @throws `OPTION_INVALID`. */
  constructor(option: string | true | undefined, terminal: Terminal) {
    this.#port = option === undefined ? undefined : pagePort(option);
    this.#terminal = terminal;
  }

  /** Shows a network whose chains are up. @throws those of `startPage`. */
  async open({ file: network, path: networkPath, storage }: LocalNetwork): Promise<void> {
    if (this.#port === undefined) return;
    const port = this.#port;
    this.#page = await startPage({ network, networkPath, storage, port }, this.#terminal);
  }

  /** Shows an audit that the demo made. */
  keep(report: AuditReport): void {
    this.#page?.service.keepAudit(report);
  }

  async close(): Promise<void> {
    await this.#page?.service.stop();
  }
}
