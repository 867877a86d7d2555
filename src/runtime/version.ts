/** Which Causeway this is; bundles carry it inside. */
import manifest from '../../package.json' with { type: 'json' };

export const programVersion: string = manifest.version;
