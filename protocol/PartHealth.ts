/** How a chain is, as a part reaches it. */
export interface ChainHealth {
  /** Whether an endpoint of it answers. */
  ok: boolean;
  /** The newest block that was heard of; null before the first, and where nobody compares. */
  block: number | null;
}

/** How a part of Freshet is. */
export interface PartHealth {
  /** False when it cannot do its work, such as when a chain has not answered for a while. */
  ok: boolean;
  /** The chains that it needs, by name. */
  chains?: Readonly<Record<string, ChainHealth | Readonly<Record<string, unknown>>>>;
}

/** Tells how a part is. */
export type HealthSource = () => PartHealth;

/** What is measured, in a form that Prometheus reads: a registry of prom-client. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Where servers tell how their part is, for supervisors: 200, or 503 when it is not well. */
export const HEALTH_PATH = "/health";
/** Where servers tell what is measured, for Prometheus. */
export const METRICS_PATH = "/metrics";
