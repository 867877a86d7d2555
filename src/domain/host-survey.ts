/** What a host is like beside what Causeway put there: devices, addresses, ways and settings of others that decide whether it works. */
import type { Family } from './address.ts';
import type { PacketFilters } from './packet-filter.ts';

/** A device of the network namespace, whoever made it. */
export interface SurveyedLink {
  readonly name: string;
  /** The driver's name for its kind; undefined for hardware and lo. */
  readonly kind: string | undefined;
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  /** The bridge, bond or VRF that it belongs to. */
  readonly master?: string;
  /** A tunnel's outer addresses; absent: any. */
  readonly local?: string;
  readonly remote?: string;
  /** A tunnel in collect-metadata mode. */
  readonly external?: boolean;
}

export interface SurveyedAddress {
  readonly link: string;
  readonly address: string;
  readonly prefixLength: number;
}

/** The way of a packet that this host sends, as the kernel chooses it, policy rules included. */
export interface Way {
  readonly link: string;
  /** It would never leave: the destination is an address of this very host. */
  readonly isLocal: boolean;
  readonly gateway?: string;
  /** Address that the kernel would send from, where it says. */
  readonly source?: string;
}

export interface HostSurvey {
  readonly links: readonly SurveyedLink[];
  readonly addresses: readonly SurveyedAddress[];
  /** By destination, of all that were asked for; undefined: there is none. */
  readonly ways: ReadonlyMap<string, Way | undefined>;
  /** The way to whom no specific route leads; absent: there is none. */
  readonly clients: Readonly<Partial<Record<Family, Way>>>;
  /** By device: it drops what a reply would not leave by (rp_filter 1, `all` included). */
  readonly strict: ReadonlySet<string>;
  /** `default-off`: new devices begin without it. */
  readonly ipv6: 'on' | 'default-off' | 'off';
  /** Absent: not known yet. */
  readonly filters?: PacketFilters;
}

/** What is asked. */
export interface SurveyQuestion {
  /** Destinations whose way is asked for; each with the source that the packet already has, and the mark that it bears, where it does. */
  readonly ways: readonly { readonly to: string; readonly from?: string; readonly mark?: number }[];
  /** Devices whose reverse path filter counts. */
  readonly filtersOf: readonly string[];
}
