import { Hono } from 'hono'
import { actions } from './actions'
import { agent } from './agent'
import { attachments } from './attachment'
import { authinfo } from './authinfo'
import { category } from './category'
import { client } from './client'
import { connections } from './connection'
import type { Door } from './declare'
import { documentation } from './docs'
import { emailtemplate } from './emailtemplate'
import { fieldinfo } from './fieldinfo'
import { instanceinfo } from './instanceinfo'
import { lookup } from './lookup'
import { mail } from './mail'
import { module } from './module'
import { outcome } from './outcome'
import { priority } from './priority'
import { site } from './site'
import { sla } from './sla'
import { status } from './status'
import { supplier } from './supplier'
import { team } from './team'
import { tickettype } from './tickettype'
import { tickets } from './tickets'
import { users } from './users'
import { workflow } from './workflow'

const resources = new Hono<Door>()
  .route('/instanceinfo', instanceinfo)
  .route('/authinfo', authinfo)
  .route('/tickets', tickets)
  .route('/actions', actions)
  .route('/attachment', attachments)
  .route('/client', client)
  .route('/site', site)
  .route('/supplier', supplier)
  .route('/users', users)
  .route('/agent', agent)
  .route('/team', team)
  .route('/tickettype', tickettype)
  .route('/status', status)
  .route('/priority', priority)
  .route('/sla', sla)
  .route('/category', category)
  .route('/fieldinfo', fieldinfo)
  .route('/lookup', lookup)
  .route('/outcome', outcome)
  .route('/workflow', workflow)
  .route('/emailtemplate', emailtemplate)
  .route('/module', module)
  .route('/connection', connections)
  .route('/mail', mail)

/** The one API: the web app, integrations and partner desks all use it. What no resource takes is answered last. */
export const api = resources.route(
  '/',
  documentation(() => resources.routes),
)

/** For the typed client of the web app. */
export type Api = typeof api
