/** The address that was given at the first start: the form that signs in begins with it. */
export const wanted = { service: '' };
