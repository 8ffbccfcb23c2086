import { Hono } from 'hono'
import { attachments } from './attachment'
import { authinfo } from './authinfo'
import { client } from './client'
import { connections } from './connection'
import type { Door } from './declare'
import { instanceinfo } from './instanceinfo'
import { mail } from './mail'
import { module } from './module'
import { site } from './site'
import { supplier } from './supplier'
import { users } from './users'

/** The one API: the web app, integrations and partner desks all use it. */
export const api = new Hono<Door>()
  .route('/instanceinfo', instanceinfo)
  .route('/authinfo', authinfo)
  .route('/client', client)
  .route('/site', site)
  .route('/supplier', supplier)
  .route('/users', users)
  .route('/module', module)
  .route('/connection', connections)
  .route('/attachment', attachments)
  .route('/mail', mail)

/** For the typed client of the web app. */
export type Api = typeof api
