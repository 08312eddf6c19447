/** Tests speak English unless they ask for something else. */
import { speak } from './language.svelte';

await speak('en');
