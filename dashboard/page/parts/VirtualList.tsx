import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Rows beyond the edges of what is seen, so that scrolling shows no gaps. */
const BEYOND = 8;

/**
 * A list of any length of which only the rows in sight are in the document. All rows are equally high. With the arrow
 * keys, Home and End one moves through it; Enter chooses.
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  height,
  chosen,
  onChoose,
  row,
  idOf,
  onSight,
}: {
  label: string;
  count: number;
  rowHeight: number;
  height: number;
  /** Place of the chosen row; −1 where none is. */
  chosen: number;
  onChoose: (index: number) => void;
  row: (index: number) => ComponentChildren;
  idOf: (index: number) => string;
  /** Told which rows are in the document: from the first to the one before the last. */
  onSight?: (first: number, last: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const scrolled = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => setTop(box.current?.scrollTop ?? 0));
  };
  const own = Math.min(height, Math.max(1, count) * rowHeight);
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(count, Math.ceil((top + own) / rowHeight) + BEYOND);
  useEffect(() => onSight?.(first, last), [first, last, onSight]);
  const choose = (index: number) => {
    if (count === 0) return;
    const next = Math.min(count - 1, Math.max(0, index));
    onChoose(next);
    const element = box.current;
    if (element === null) return;
    if (next * rowHeight < element.scrollTop) element.scrollTop = next * rowHeight;
    if ((next + 1) * rowHeight > element.scrollTop + own) element.scrollTop = (next + 1) * rowHeight - own;
  };
  const page = Math.max(1, Math.floor(own / rowHeight) - 1);
  const moves: Readonly<Record<string, () => number>> = {
    ArrowDown: () => chosen + 1,
    ArrowUp: () => chosen - 1,
    PageDown: () => chosen + page,
    PageUp: () => chosen - page,
    Home: () => 0,
    End: () => count - 1,
  };
  return (
    <div
      ref={box}
      class="virtual"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      {...(chosen >= first && chosen < last ? { "aria-activedescendant": idOf(chosen) } : {})}
      style={{ height: `${own}px` }}
      onScroll={scrolled}
      onKeyDown={(event) => {
        const move = moves[event.key];
        if (move === undefined) return;
        event.preventDefault();
        choose(move());
      }}
    >
      <div class="virtual-all" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, k) => {
          const i = first + k;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
            <div
              key={idOf(i)}
              id={idOf(i)}
              class="virtual-row"
              role="option"
              aria-selected={i === chosen}
              aria-setsize={count}
              aria-posinset={i + 1}
              tabIndex={-1}
              style={{ transform: `translateY(${i * rowHeight}px)`, height: `${rowHeight}px` }}
              onClick={() => onChoose(i)}
            >
              {row(i)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
