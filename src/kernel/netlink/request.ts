/** One acknowledged request and its replies. */
import { kernelError, type Protocol, type RequestContext, verdict } from './protocol.ts';
import { encodeMessage, messageFlag, type NetlinkMessage, type NetlinkReply } from './wire.ts';

/** Sends the request; gives what the kernel says before its ACK. Rejects with the errno otherwise. */
export function ask(
  protocol: Protocol,
  message: NetlinkMessage,
  context: RequestContext,
): Promise<NetlinkReply[]> {
  const flags = messageFlag.request | messageFlag.ack | (message.flags ?? 0);
  const replies: NetlinkReply[] = [];
  return new Promise((resolve, reject) => {
    protocol.start({
      context,
      messageCount: 1,
      encode: (sequence) => encodeMessage(message.type, flags, sequence, message.payload),
      answer: (reply) => {
        const errno = verdict(reply);
        if (errno === undefined) replies.push(reply);
        else if (errno === 0) resolve(replies);
        else reject(kernelError(errno, context));
        return errno !== undefined;
      },
      fail: reject,
    });
  });
}
