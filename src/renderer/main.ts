import './station/jitless.ts'
import './base.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { openWebSocket } from './station/link.ts'

const target = document.getElementById('page')
if (target) mount(App, { target, props: { open: openWebSocket } })
