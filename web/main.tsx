import { render } from 'solid-js/web'
import { App } from './App'

const host = document.getElementById('app')
if (host !== null) render(() => <App />, host)
