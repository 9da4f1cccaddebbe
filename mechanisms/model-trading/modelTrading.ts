import type { Mechanism } from "../Mechanism.ts";
import { audit } from "./audit/audit.ts";
import { commands } from "./commands.ts";
import { tradingContracts } from "./contracts.ts";
import { resettlement } from "./resettlement.ts";
import { service } from "./sales/service.ts";
import { scores } from "./scores/scores.ts";
import { series } from "./series.ts";
import { statement } from "./statement.ts";
import { task } from "./task.ts";
import { view } from "./view.ts";
import { worker } from "./worker.ts";

/**
 * Model trading: publishers post prices for the immersion of workers' models, and workers split what they can compute and
 * send among the tasks that pay best (docs/mechanisms/model-trading.md).
 */
export const modelTrading: Mechanism = {
  name: "model-trading",
  contracts: { policy: tradingContracts.TradingPolicy, meter: tradingContracts.TradingMeter },
  task,
  worker,
  scores,
  scoresBatches: true,
  service,
  audit,
  view,
  series,
  statement,
  resettlement,
  commands,
};
