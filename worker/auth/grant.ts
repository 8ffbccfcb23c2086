import { readText } from '../platform/body'
import { limits } from '../platform/limits'
import { Problem, problemBody, type ProblemDetail } from '../platform/problem'
import { findClient, type Refused } from './clients'
import { scopesOf } from './scopes'
import { readRefresh, signBearer, signRefresh, TOKEN_LIFE_S } from './token'

/** OAuth has its own codes (RFC 6749 §5.2), in lower case; the rest of the body is as everywhere. */
type OAuthCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'invalid_scope'

/** What a client that is refused reads, and whoever set it up does (G27). */
const refusals: Record<Refused, ProblemDetail> = {
  unknown: {
    message: 'The client id is not known here',
    fix: 'Copy the client id again, and check that the addresses are those of the instance that issued it.',
    fields: { client_id: 'not known here' },
  },
  other_instance: {
    message: 'These credentials were issued by another instance',
    fix: 'Copy the addresses, the client id and the secret from one and the same page.',
    fields: { client_id: 'issued by another instance' },
  },
  secret: {
    message: 'The client secret is wrong',
    fix: 'Copy the secret again; if it was rotated since, enter the new one.',
    fields: { client_secret: 'wrong' },
  },
  revoked: {
    message: 'This access was revoked',
    fix: 'Ask the other instance for new credentials.',
    fields: { client_id: 'revoked' },
  },
  access_off: {
    message: 'Access is switched off for this connection',
    fix: 'In the other instance: open the API Access tab of the profile and switch on Allow access.',
    fields: { client_id: 'access is switched off' },
  },
}

/**
 * Answers a token for client credentials or for a refresh token together with them (RFC 6749 §4.4, §6). `tenant` is not needed and
 * not compared: some clients send a constant (halo-api.md §1). `tenantId` is set at an instance's own address.
 */
export async function answerToken(
  env: Env,
  request: Request,
  tenantId: string | undefined,
): Promise<Response> {
  const form = await readForm(request)
  if (!form)
    return refuse(
      400,
      'invalid_request',
      new Problem('UNSUPPORTED_TYPE', {
        message: 'The body must be a form',
        fix: 'Send application/x-www-form-urlencoded.',
      }),
    )
  const grant = form.get('grant_type')
  if (grant !== 'client_credentials' && grant !== 'refresh_token')
    return refuse(400, 'unsupported_grant_type', new Problem('INVALID_GRANT'))
  const basic = basicOf(request)
  const clientId = basic?.id ?? form.get('client_id')
  const secret = basic?.secret ?? form.get('client_secret')
  if (!clientId || !secret) {
    const fields = { [clientId ? 'client_secret' : 'client_id']: 'is missing' }
    return refuse(
      401,
      'invalid_client',
      new Problem('INVALID_CLIENT', {
        message: `The client ${clientId ? 'secret' : 'id'} is missing`,
        fields,
      }),
    )
  }
  const scope = scopesOf(form.get('scope') ?? undefined)
  if (scope === undefined) return refuse(400, 'invalid_scope', new Problem('INVALID_SCOPE'))

  const client = await findClient(env, clientId, secret, tenantId)
  if ('refused' in client)
    return refuse(
      401,
      'invalid_client',
      new Problem('INVALID_CLIENT', refusals[client.refused]),
      client.refused,
    )
  const { claims } = client
  const granted =
    grant === 'refresh_token'
      ? await refreshed(env, form.get('refresh_token'), clientId, claims.ver)
      : scope
  if (granted === undefined) {
    const words = {
      message: 'The refresh token is wrong or has ended',
      fix: 'Ask for a token with grant_type client_credentials.',
    }
    return refuse(400, 'invalid_grant', new Problem('INVALID_GRANT', words))
  }
  return answer(200, {
    token_type: 'Bearer',
    access_token: await signBearer(env, claims),
    expires_in: TOKEN_LIFE_S,
    scope: granted,
    refresh_token: await signRefresh(env, { client: clientId, ver: claims.ver, scope: granted }),
    // Whoever authenticates a connection sees at once whether the credentials are of the right profile (G128).
    ...(claims.typ === 'connection' && { profile: claims.profile }),
  })
}

/** The scope a refresh token was issued with; undefined where it is none of this client's, or older than its secret. */
async function refreshed(
  env: Env,
  token: string | null,
  client: string,
  ver: number,
): Promise<string | undefined> {
  try {
    const claims = await readRefresh(env, token ?? '')
    return claims.client === client && claims.ver === ver ? claims.scope : undefined
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const type = request.headers.get('content-type') ?? 'application/x-www-form-urlencoded'
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined
  const sent = new URLSearchParams(await readText(request, limits.formBytes))
  return new URLSearchParams([...sent].map(([name, value]) => [name.toLowerCase(), value]))
}

/** Id and secret from an `Authorization: Basic` header, each form-encoded (RFC 6749 §2.3.1). */
function basicOf(request: Request): { id: string; secret: string } | undefined {
  const encoded = /^Basic ([\w+/=]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (encoded === undefined) return undefined
  try {
    const [id, secret] = atob(encoded)
      .split(':', 2)
      .map((part) => decodeURIComponent(part))
    return { id: id ?? '', secret: secret ?? '' }
  } catch {
    return undefined // not what it says it is: as good as none
  }
}

const refuse = (status: number, error: OAuthCode, problem: Problem, reason?: Refused): Response =>
  answer(status, { ...problemBody(problem), error, ...(reason && { reason }) })

function answer(status: number, body: Record<string, unknown>): Response {
  return Response.json(body, {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(status === 401 && { 'www-authenticate': 'Basic realm="baton"' }),
    },
  })
}
