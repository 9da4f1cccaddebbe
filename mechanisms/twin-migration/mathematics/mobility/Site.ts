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
  /** Edges nearer to each other than this are neighbours in the graph, m. */
  readonly neighbourMetres: number;
}
