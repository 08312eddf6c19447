import { mount } from 'svelte';
import { host } from '#host';
import App from './App.svelte';
import './style/base.css';
import { Session } from './model/session.svelte';
import { direction, language } from './words/t';

const root = document.documentElement;
root.lang = language;
if (!root.dir) root.dir = direction;

const target = document.getElementById('halo');
if (target) mount(App, { target, props: { session: new Session(host()) } });
