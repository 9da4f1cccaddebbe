import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

/** How a state is meant. */
export type Tone = "good" | "warn" | "bad" | "busy" | "plain";

const SIGNS: Readonly<Record<Tone, IconName>> = {
  good: "check",
  warn: "alert",
  bad: "cross",
  busy: "dot",
  plain: "dash",
};

/** A state in a word, with a sign of its own besides its colour. */
export function Tag({ tone, icon, children }: { tone: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={`tag ${tone}`}>
      <Icon name={icon ?? SIGNS[tone]} size={12} />
      {children}
    </span>
  );
}
