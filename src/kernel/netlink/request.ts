/** One acknowledged request and its replies. */
import { kernelError, type Protocol, type RequestContext } from './protocol.ts';
import {
  messageFlag,
  messageSize,
  type NetlinkMessage,
  type NetlinkReply,
  toReply,
  verdict,
  writeMessage,
} from './wire.ts';

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
      size: messageSize(message.payload.length),
      encode: (target, sequence) => writeMessage(target, 0, message, flags, sequence),
      answer: (answer) => {
        const errno = verdict(answer);
        if (errno === undefined) replies.push(toReply(answer));
        else if (errno === 0) resolve(replies);
        else reject(kernelError(errno, context));
        return errno !== undefined;
      },
      fail: reject,
    });
  });
}
