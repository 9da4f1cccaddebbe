/** Where servers stand and how large the map is. */
export interface Site {
  readonly widthMetres: number;
  readonly heightMetres: number;
  /** Positions of the RSUs with their edge servers, m. [J] */
  readonly edgeX: ArrayLike<number>;
  readonly edgeY: ArrayLike<number>;
  /** Of the cloud servers. [I] */
  readonly cloudX: ArrayLike<number>;
  readonly cloudY: ArrayLike<number>;
  /** What people who stand near each RSU ask of its edge server all the time, cycles/s, before scaling; none if it is missing. [J] */
  readonly standingHz?: ArrayLike<number>;
  /** Edges nearer to each other than this are neighbours in the graph, m. */
  readonly neighbourMetres: number;
}
