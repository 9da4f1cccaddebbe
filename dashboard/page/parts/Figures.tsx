import type { ComponentChildren } from "preact";

/** A figure that is read at one look. */
export interface Figure {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly under?: ComponentChildren;
}

/** Figures in a row. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ label, value, under }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {under === undefined ? null : <dd class="under">{under}</dd>}
        </div>
      ))}
    </dl>
  );
}
