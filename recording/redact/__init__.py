"""A call without what tells who it was: names, numbers and addresses taken out of the transcript, their sound muted.

By rules and not by a language model's guess (presidio, spaCy): their models are hundreds of megabytes in every image,
and are made for written text, with capitals and punctuation that a recogniser's words do not have. What rules cannot
know, a name said by the way, the call itself often does: what its tools were given as a name is taken out everywhere.
"""
