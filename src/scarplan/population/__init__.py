"""Virtual patients and their scars, and the scores that raters give them."""
