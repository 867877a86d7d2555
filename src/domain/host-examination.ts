/** All that the doctor found on one host; what could not be looked at says why. */
import type { HostSurvey } from './host-survey.ts';

export type Seen<T> = { readonly value: T } | { readonly unseen: string };

/** `available`: the kernel loads it when it is asked for. */
export type ModuleState = 'loaded' | 'available' | 'missing';

export interface SettingFile {
  /** `/etc/sysctl.d/99-router.conf` */
  readonly path: string;
  readonly text: string;
}

export interface ReachedCoordinator {
  /** `host:port` */
  readonly endpoint: string;
  /** Why it is not reached; absent: it is. */
  readonly problem?: string;
  /** How far this host's clock is ahead of its, ms; absent: it did not tell. */
  readonly aheadMs?: number;
}

export interface OwnProgram {
  /** Why it does not answer; absent: it does. */
  readonly absent?: string;
  /** Why it is not well, in its own words; absent: it is. */
  readonly trouble?: string;
  /** A director's real servers by the state of the way through the tunnel. */
  readonly paths?: readonly { readonly realServer: string; readonly state: string }[];
  /** Why a director does not tell them. */
  readonly pathsUnseen?: string;
}

export interface HostExamination {
  readonly survey: Seen<HostSurvey>;
  /** By name, of those that were asked for and that there are: `net.ipv4.ip_forward`. */
  readonly settings: ReadonlyMap<string, string>;
  /** In the order in which systemd-sysctl applies them: of several that set one, the last counts. */
  readonly settingFiles: Seen<readonly SettingFile[]>;
  /** Of the kernel modules that were asked for. */
  readonly modules: Seen<ReadonlyMap<string, ModuleState>>;
  /** Whether the program nft is there, by which agents write their tables. */
  readonly hasNft: Seen<boolean>;
  /** Names of nft tables. */
  readonly tables: Seen<readonly string[]>;
  /** Which provider's machine it is, by DMI. */
  readonly provider: Seen<'aws' | 'gcp' | 'azure' | 'other'>;
  readonly coordinators: Seen<readonly ReachedCoordinator[]>;
  readonly program: Seen<OwnProgram>;
}

/** What is asked of a host beside what every host is asked. */
export interface ExaminationQuestion {
  /** Destinations whose way is asked for; each with the source that the packet already has, where it has one. */
  readonly ways: readonly { readonly to: string; readonly from?: string }[];
  readonly settings: readonly string[];
  readonly modules: readonly string[];
}

/** What the kernel and the host's own files tell. */
export type ExaminedByKernel = Omit<HostExamination, 'coordinators' | 'program'>;
