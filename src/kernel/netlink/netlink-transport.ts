/** What the request layer needs of a socket, so that it can be driven without one. */

export interface TransportEvents {
  /** One received datagram. The receiver keeps views into it. */
  readonly datagram: (bytes: Uint8Array) => void;
  /** The transport is of no more use; nothing follows. */
  readonly failure: (cause: unknown) => void;
}

export interface Transport {
  /**
   * Hands the first `length` bytes to the kernel as one datagram; they stay as they are until it is answered. A failure
   * to send arrives as `failure`, or is thrown.
   */
  send(bytes: Uint8Array<ArrayBuffer>, length: number): void;
  close(): void;
}

/** Opens a transport; throws where the system refuses one. */
export type OpenTransport = (events: TransportEvents) => Transport;
