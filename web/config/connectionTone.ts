import type { Connection } from '../data/names'
import type { Tone } from '../ui/Badge'

const tones: Record<Connection['state'], Tone> = {
  setup: 'warn',
  live: 'good',
  paused: 'warn',
  broken: 'bad',
  ended: 'neutral',
}

/** The tone that goes with a connection's health, whose words the desk itself gives. */
export const connectionTone = (state: Connection['state']): Tone => tones[state]
