/** A chain as one of its nodes sees it. */
export interface NodeView {
  /**
   * Asks the node.
   *
   * @throws `NodeError` when it answers with an error.
   */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}
