// What is done to the lab, in a few words.
import type { CutFault, Fault, ProgramsFault } from './scenario-schema.ts';

export function faultText(fault: Fault): string {
  const during = fault.during.map((one) => `while ${controlText(one)}`);
  return [ownText(fault), ...during].join(', ');
}

function ownText(fault: Fault): string {
  switch (fault.kind) {
    case 'stop-application':
      return `${fault.host}'s application ends`;
    case 'kill-host':
      return `nothing comes from ${fault.host} or gets to it`;
    case 'tunnel-down':
      return `${fault.host}'s tunnel device is held down for ${fault.holdSeconds} s`;
    case 'wan-rtt':
      return `between ${fault.between.join(' and ')}, and it stays so`;
    case 'kill':
    case 'stop':
    case 'cut':
      return `${controlText(fault)}; over after ${fault.downSeconds} s`;
    case 'restart-agents':
      return 'coordinators, directors, real servers: SIGTERM at once, and started again';
    case 'kill-site-servers':
      return `all of ${fault.site}'s at once`;
    case 'apply':
      return `${fault.resource}: ${JSON.stringify(fault.spec)}, and it stays so`;
  }
}

function controlText(fault: ProgramsFault | CutFault): string {
  if (fault.kind === 'cut') {
    const [one, other] = fault.between;
    return fault.oneWay ? `nothing of ${one} gets to ${other}` : `nothing passes between ${one} and ${other}`;
  }
  return `${fault.programs.join(', ')}: ${fault.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP'}`;
}
