import type { Mode } from './plugin.ts'

/** `development` unless `NODE_ENV` says otherwise. */
export const modeOf = (nodeEnv: string | undefined): Mode =>
  nodeEnv === 'production' || nodeEnv === 'test' ? nodeEnv : 'development'
