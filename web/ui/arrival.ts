import { onMount } from 'solid-js'

let arrivals = 0

/**
 * Moves the focus to a page's heading after a move inside the app, as a browser does by itself when it
 * loads a page. Not on the first page: there the browser has put the focus where it belongs.
 */
export function focusOnArrival(heading: () => HTMLElement | undefined) {
  onMount(() => {
    arrivals += 1
    // A frame later: until the router has swapped the pages, the heading is not in the document.
    if (arrivals > 1) requestAnimationFrame(() => heading()?.focus({ preventScroll: true }))
  })
}
