/** How much of each site's demand for a service goes to which site: what the flow leader publishes, and nothing more. */

export interface SiteFlow {
  readonly from: string;
  readonly to: string;
  /** Thousandths of a concurrent connection: an integer. */
  readonly milli: number;
}

export interface ServiceFlows {
  readonly service: string;
  /** By from and to; those of 0 are left out. */
  readonly flows: readonly SiteFlow[];
}
