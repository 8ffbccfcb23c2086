import { useMutation } from '@tanstack/solid-query'
import { parseResponse, type InferRequestType } from 'hono/client'
import { signup } from './client'

export type WantedDesk = InferRequestType<typeof signup.index.$post>['json']
export type Start = WantedDesk['template']

/** Asks for a desk; what follows is in the mail. */
export const useAskForDesk = () =>
  useMutation(() => ({
    mutationFn: (wanted: WantedDesk) => parseResponse(signup.index.$post({ json: wanted })),
  }))

/** What a link from the mail stands for. */
export const wantedDesk = (token: string) => parseResponse(signup.look.$post({ json: { token } }))

/** Makes the desk; whoever confirmed is signed in to it. */
export const useConfirmDesk = () =>
  useMutation(() => ({
    mutationFn: (given: { token: string; slug: string }) =>
      parseResponse(signup.confirm.$post({ json: given })),
  }))
