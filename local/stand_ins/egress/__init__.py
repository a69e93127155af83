"""A double of LiveKit Egress: records rooms of the real livekit-server into a bucket. Go, but for the mixdown.

What it is: EgressInternal.StartEgress and ListActiveEgress, EgressHandler.StopEgress over psrpc, so that webhooks,
lists and stops are the server's own work. It joins the room hidden, as the real one does, and keeps every audio
track's Opus packets with their arrival and RTP time. At the end (StopEgress, or the room's) `python -m
local.stand_ins.egress.mixdown` makes one OGG/Opus file of them at the bitrate asked for: the agent left, everybody
else right, its first sample at the `started_at` reported, to within 20 ms. Then the file goes to the bucket of its
own configuration, by Cloud Storage's JSON API. Behaviour is that of livekit-egress 1.13-1.14 as it was seen:
file_results has the object's name from the start, ENDING while it is written, `location` is an address of the public
store, what lies at the name is overwritten.

What it is not: livekit-egress. It takes what the house asks for (audio-only room composite, DUAL_CHANNEL_AGENT, one
OGG file, disable_manifest, a path without templates) and refuses the rest as invalid_argument, where the real one
would do video, layouts in a browser, participants and tracks, streams, segments, images, MP4 and MP3, other mixings,
S3 and Azure, storage given in the request, templates in paths, manifests, backup storage. It has no CPU accounting (a
script says when it is full), no limit of length, no retry of a recording, no UpdateEgress, and always 48 kHz,
whatever frequency is asked for. Sound is decoded after the end: a file is there a second or so after the call, the
real one's 2.4-3.8 s after, and a double that is killed leaves nothing where the real one may have uploaded. Lost and
late packets are silence; the real one conceals. SIGTERM ends its recordings at once; the real one waits for its
calls.

Trouble is ordered by POST /script (script.go has the words), for rooms by the beginning of their names or for the
next so many requests; DELETE /script takes all back; GET /health.
"""
