"""Request and script pairs: generated files in which a comment asks for code and the code below answers it.

One random intent renders both the sentence and the code, so that they agree by construction; identifiers come from
a vocabulary far larger than the model could memorise, so that what is learned is copying names from the comment and
from the file above. `domains.DOMAINS` lists the languages, `generate.generate` makes items, `judge.judge` says how
good another answer is. Nothing generated is ever executed, except SQL inside an in-memory database.
"""
