/** The whole database, for drizzle's client: one name per table, whichever file of this folder it stands in. */
export * from './configuration'
export * from './desk'
export * from './directory'
export * from './mail'
export * from './sync'
