import { Hono } from 'hono'
import { authinfo } from './authinfo'
import type { Door } from './declare'
import { instanceinfo } from './instanceinfo'

/** The one API: the web app, integrations and partner desks all use it. */
export const api = new Hono<Door>()
  .route('/instanceinfo', instanceinfo)
  .route('/authinfo', authinfo)

/** For the typed client of the web app. */
export type Api = typeof api
