import './station/jitless.ts'
import './base.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { openLink } from './station/link.ts'

const target = document.getElementById('page')
if (target) mount(App, { target, props: { open: openLink } })
