"""A stand-in for vLLM: OpenAI's chat completions in front of a scripted receptionist.

What it is: POST /v1/chat/completions (streamed and whole), tool calls, usage, error objects and the refusals of vLLM
that a client can run into; and a receptionist that reads the conversation it is given each time anew, keeps nothing
between requests, and works with the tools it is offered by their schemas. So calls on one machine take their course.

What it is not: a language model. It knows the errands of a small practice by keywords, in English; anything else brings
a question, and the third such question is the offer to take a message. It says nothing about how a real model would
behave.
"""
