/** An action that has been sent off and is not yet on the timeline; shown there at once. */
export type Sending = {
  key: string
  outcome: string
  who: string
  html: string
  hidden: boolean
  /** The saved action's number, once the desk has answered; from then on the timeline may show it itself. */
  savedId?: number
}
