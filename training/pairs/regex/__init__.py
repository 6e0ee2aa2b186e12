"""Regular expressions: what a text must look like, as a line of Python or of JavaScript, with strings that prove it."""
