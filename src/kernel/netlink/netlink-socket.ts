/** A netlink socket: the one place that loads the native addon. */
// Only this module of the package: its index loads five families that nobody here uses.
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { CausewayError, messageOf } from '../../domain/error.ts';
import type { OpenTransport } from './netlink-transport.ts';

/**
 * The kernel caps this at net.core.rmem_max (212,992 where nobody changed it) and doubles it, which makes twice the
 * default. It must never run full: the addon would abort the whole process. The request layer's bounds see to that.
 */
const receiveBufferBytes = 4 * 1024 * 1024;
const sendBufferBytes = 1024 * 1024;

/**
 * A read of this size, without peeking first, halves the system calls; and the kernel fills its dump messages up to the
 * size of the reads it has seen. Larger than any single message we ask for, small enough to be held until collected.
 */
const readBytes = 16 * 1024;

const toKernel = {};

/** Opens sockets of a netlink protocol (0 rtnetlink, 4 sock_diag, 16 generic netlink). Throws `unsupported` where there is none. */
export function netlinkTransport(protocol: number): OpenTransport {
  return (events) => {
    const socket = openSocket(protocol);
    // What waits for an answer has a timer that holds the process; an idle connection does not.
    socket.unref();
    socket.on('message', (bytes) => events.datagram(bytes));
    socket.on('truncatedMessage', (_bytes, info) => {
      events.failure(new Error(`a message of ${info.truncated} bytes is larger than the read buffer`));
    });
    socket.on('error', (error) => events.failure(error));
    const sent = (error?: Error): void => {
      if (error !== undefined) events.failure(error);
    };
    let open = true;
    let datagram = Buffer.alloc(0);
    return {
      send(bytes, length) {
        // The addon takes Buffers only. Dumps of one kind have one length and one buffer: the view is made once.
        if (datagram.length !== length || datagram.buffer !== bytes.buffer) {
          datagram = Buffer.from(bytes.buffer, bytes.byteOffset, length);
        }
        socket.send(datagram, toKernel, sent);
      },
      close() {
        if (!open) return;
        open = false;
        // Not from within the addon's own callback: it goes on to use the handles that closing frees.
        setImmediate(() => socket.close());
      },
    };
  };
}

function openSocket(protocol: number): RawNetlinkSocket {
  try {
    return new RawNetlinkSocket(protocol, {
      recvBufferSize: receiveBufferBytes,
      sendBufferSize: sendBufferBytes,
      messagePeeking: false,
      msgBufferSize: readBytes,
    });
  } catch (cause) {
    throw new CausewayError({
      code: 'unsupported',
      operation: 'open netlink socket',
      subject: `protocol ${protocol}`,
      message: `${messageOf(cause)}; Causeway's data plane needs Linux with netlink`,
      cause,
    });
  }
}
