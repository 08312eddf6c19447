import { mount } from 'svelte';
import { host } from '#host';
import App from './App.svelte';
import './style/base.css';
import { Session } from './model/session.svelte';

const target = document.getElementById('halo');
if (target) mount(App, { target, props: { session: new Session(host()) } });
