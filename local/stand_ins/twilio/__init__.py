"""A stand-in for Twilio's REST API, as far as Elastic SIP Trunking needs it.

What it is: trunks with their origination URLs, credential lists, phone numbers and recording setting
(`/v1/Trunks`), SIP credential lists, credentials and incoming numbers (`/2010-04-01/Accounts/...`), HTTP Basic with an
account's token or an API key, both styles of paging, both styles of answers, and the errors a client runs into: 20001,
20003, 20404, 20429, 21245, 21248. State is in memory. `POST /control` makes trouble, `POST /control/numbers` buys
numbers.

What it is not: Twilio. Names, required parameters, limits and codes are those of its reference (read 2026-11-21); what
the reference leaves open is decided strictly, so that a client depends on nothing: a trunk that numbers are on, and a
credential list that a trunk has, are not deleted (400, 20001). No call goes through it.
"""
