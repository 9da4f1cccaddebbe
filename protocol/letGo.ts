/**
 * For how long after a task's time for claims is over a program that is started anew still looks for what is open there,
 * seconds: a worker for its pay, which a publisher need not take back; a publisher for bonds, which a worker may leave.
 */
export const LET_GO_SECONDS = 30 * 86_400;
