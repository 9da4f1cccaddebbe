import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A part of a view with a heading. `flush`: its contents reach its edges, as tables do. */
export function Panel({
  title,
  note,
  end,
  flush = false,
  children,
}: {
  title: string;
  note?: ComponentChildren;
  end?: ComponentChildren;
  flush?: boolean;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <p class="note">{note}</p>}
        {end === undefined ? null : <div class="end">{end}</div>}
      </header>
      <div class={flush ? "flush" : "body"}>{children}</div>
    </section>
  );
}
