/** The pace of the control plane: how often agents report and plans are made, and how long a word counts. */

/** Reports of load, plans of flows, matrices of latency: all come this often. */
export const tickMs = 5_000;

/** Three ticks: older than this, a word says nothing of the present. */
export const freshForMs = 3 * tickMs;
