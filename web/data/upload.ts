import { uploadUrl } from './client'
import { readRefusal, retryAfterSeconds, ApiError } from './failure'

export type Uploaded = { id: number; filename: string; filesize: number }

/**
 * Sends one file. XMLHttpRequest and not fetch: only it tells how much of the body has gone out.
 * A retry after a lost answer stores it once more; what no action names, the desk removes.
 */
export function upload(
  slug: string,
  file: File,
  onProgress: (share: number) => void,
): { done: Promise<Uploaded>; cancel: () => void } {
  const request = new XMLHttpRequest()
  const done = new Promise<Uploaded>((resolve, reject) => {
    request.open('PUT', uploadUrl(slug, file.name))
    request.responseType = 'json'
    request.setRequestHeader(
      'Content-Type',
      file.type === '' ? 'application/octet-stream' : file.type,
    )
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    })
    request.addEventListener('error', () =>
      reject(new ApiError(0, { error: 'offline', message: '' })),
    )
    request.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response)
      else
        reject(
          new ApiError(
            request.status,
            readRefusal(request.status, request.response),
            retryAfterSeconds(request.getResponseHeader('Retry-After'), Date.now()),
          ),
        )
    })
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}
